import Foundation

/// Models split over several files, named "NAME-00001-of-00003.gguf" (llama.cpp's `gguf-split`).
package enum GGUFSplit {
    private static let maximumParts = 1 << 10

    /// Reads parts 2 to n; empty when the model is one file.
    static func otherParts(
        of file: String, metadata: [String: GGUFValue]
    ) throws(GGUFError) -> [GGUFParser.Part] {
        guard case .integer(let count)? = metadata["split.count"], count > 1 else { return [] }
        guard count <= maximumParts else {
            throw GGUFError(
                file: file, offset: nil, problem: "expected split.count of at most \(maximumParts), found \(count)")
        }
        if case .integer(let number)? = metadata["split.no"], number != 0 {
            throw GGUFError(
                file: file, offset: nil,
                problem: "is part \(number + 1) of \(count) of a split model: give the first part")
        }
        let suffix = suffix(part: 1, of: count)
        guard file.hasSuffix(suffix) else {
            throw GGUFError(
                file: file, offset: nil,
                problem: "is part 1 of \(count) of a split model: expected a name ending in \"\(suffix)\"")
        }
        let stem = file.dropLast(suffix.count)
        var parts: [GGUFParser.Part] = []
        for number in 2...count {
            var parser = try GGUFParser(file: stem + self.suffix(part: number, of: count))
            parts.append(try parser.parse())
        }
        return parts
    }

    /// All files of a model, by the name of its first; that one alone where it is no part.
    package static func files(of first: String) -> [String] {
        guard let (names, number) = parts(like: first), number == 1 else { return [first] }
        return names
    }

    /// The names of all parts, by the name of any; nil where that is of no part.
    package static func parts(like name: String) -> (names: [String], number: Int)? {
        guard let match = name.firstMatch(of: #/-(\d{5})-of-(\d{5})\.gguf$/#), let number = Int(match.1),
            let count = Int(match.2), (2...maximumParts).contains(count), (1...count).contains(number)
        else { return nil }
        let stem = name[..<match.range.lowerBound]
        return ((1...count).map { stem + suffix(part: $0, of: count) }, number)
    }

    package static func suffix(part: Int, of count: Int) -> String {
        String(format: "-%05d-of-%05d.gguf", part, count)
    }
}
