import Yams

/// A key that a map has twice. Yams stops at it; with the first of the two renamed, the rest can be checked too.
struct DuplicateKey {
    let key: String
    /// Of the first of the two.
    let mark: Mark
    /// How many duplicates were renamed before.
    let number: Int

    /// As long as the key, so that columns stay the same, of characters that no one writes in a key.
    var standIn: String {
        String(repeating: Self.character(number), count: key.unicodeScalars.count)
    }

    /// The text with the key renamed; nil if it isn't written there as it reads, or too many were renamed before.
    func applied(to text: String) -> String? {
        guard number < DocumentLimits.duplicates, !key.isEmpty else { return nil }
        var scalars = Array(text.unicodeScalars)
        guard var start = Self.offset(of: mark, in: scalars) else { return nil }
        if ["\"", "'"].contains(scalars[start]) { start += 1 }
        let end = start + key.unicodeScalars.count
        guard end <= scalars.count, scalars[start..<end].elementsEqual(key.unicodeScalars) else { return nil }
        scalars.replaceSubrange(start..<end, with: standIn.unicodeScalars)
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    /// From Unicode's private use area.
    private static func character(_ number: Int) -> Character {
        Character(Unicode.Scalar(UInt32(0xE000 + number)) ?? "\u{E000}")
    }

    /// The index of a mark's scalar, with libYAML's notion of a line's end.
    private static func offset(of mark: Mark, in scalars: [Unicode.Scalar]) -> Int? {
        var line = 1
        var start = 0
        for (index, scalar) in scalars.enumerated() {
            if line == mark.line { break }
            let isLineEnd = ["\n", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar)
            let isLoneReturn = scalar == "\r" && !(index + 1 < scalars.count && scalars[index + 1] == "\n")
            guard isLineEnd || isLoneReturn else { continue }
            line += 1
            start = index + 1
        }
        let offset = start + mark.column - 1
        return line == mark.line && offset < scalars.count ? offset : nil
    }
}
