import Foundation
import Yams

/// Reads YAML text into a `DocumentNode`, by means of Yams.
package struct DocumentParser {
    package let source: String
    package let environment: [String: String]

    package init(source: String, environment: [String: String]) {
        self.source = source
        self.environment = environment
    }

    /// The document, or nil when there is none; what is wrong goes to `problems`.
    package func parse(_ text: String, into problems: inout Problems) -> DocumentNode? {
        guard let renamed = compose(text, into: &problems) else { return nil }
        var converter = DocumentConverter(source: source, environment: environment, originalKeys: renamed.originalKeys)
        let node = converter.convert(renamed.root, at: .root)
        problems.issues += converter.problems.issues
        return node
    }

    private struct Composed {
        let root: Node
        /// Keys written twice, by the name that stands in for the first of them.
        var originalKeys: [String: String] = [:]
    }

    /// Composes again after each duplicate key, with the first of the two renamed, so that all problems are found.
    private func compose(_ text: String, into problems: inout Problems) -> Composed? {
        var text = text
        var originalKeys: [String: String] = [:]
        while true {
            do {
                try AliasGuard.check(text)
                guard let root = try Self.compose(text) else { return nil }
                return Composed(root: root, originalKeys: originalKeys)
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                let rename = DuplicateKey(key: keys.first ?? "", mark: context.mark, number: originalKeys.count)
                guard let renamed = rename.applied(to: text) else {
                    problems.report(
                        place(context.mark), .root, "the key \(Quotation.of(rename.key)) is given twice; remove one")
                    return nil
                }
                originalKeys[rename.standIn] = rename.key
                text = renamed
            } catch {
                report(error, of: text, into: &problems)
                return nil
            }
        }
    }

    /// No resolver rules: each setting's type decides what a scalar means, not its looks.
    static func compose(_ text: String) throws -> Node? {
        try Yams.compose(yaml: text, .basic, .default, .utf8)
    }

    private func place(_ mark: Mark?) -> Place {
        Place(source: source, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    /// Only libYAML's own words are shown: Yams' description quotes the line, which may hold a key.
    private func report(_ error: any Error, of text: String, into problems: inout Problems) {
        switch error {
        case let error as AliasGuard.Failure:
            problems.report(place(error.mark), .root, error.message)
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            problems.report(place(mark), .root, Self.syntaxMessage(context, problem))
        case YamlError.reader(let problem, let offset, _, _):
            let mark = Self.mark(ofOffset: offset ?? 0, in: text)
            problems.report(mark.in(source), .root, "invalid YAML: \(problem); remove the character")
        default:
            problems.report(place(nil), .root, "invalid YAML: the file cannot be decoded")
        }
    }

    private static func syntaxMessage(_ context: YamlError.Context?, _ problem: String) -> String {
        if context?.text.hasPrefix("expected a single document") == true {
            return "invalid YAML: a second document begins here; remove the line \"---\" and what follows"
        }
        if problem.hasPrefix("Maximum nesting level") { return DocumentLimits.depthMessage }
        // What was left open often began well before the place where that shows.
        let situation = context.map { "\($0.text) from line \($0.mark.line), " } ?? ""
        return "invalid YAML: \(situation)\(problem); check the indentation, quotes and colons here"
    }

    private struct Position {
        let line: Int
        let column: Int

        func `in`(_ source: String) -> Place { Place(source: source, line: line, column: column) }
    }

    private static func mark(ofOffset offset: Int, in text: String) -> Position {
        let before = text.unicodeScalars.prefix(offset)
        let column = before.reversed().prefix { $0 != "\n" }.count
        return Position(line: before.count { $0 == "\n" } + 1, column: column + 1)
    }
}
