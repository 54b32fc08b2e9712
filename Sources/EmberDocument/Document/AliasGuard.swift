import Yams

/// Refuses YAML aliases inside of keys: Yams hashes every key, and nested aliases make a key's hash take forever.
enum AliasGuard {
    struct Failure: Error {
        let mark: Mark?
        let message: String
    }

    /// A character that no one writes; it stands where an alias begins.
    private static let marker: Unicode.Scalar = "\u{F8FF}"

    /// Throws `Failure`, or Yams' error if the text is no YAML; O(length).
    static func check(_ text: String) throws {
        guard let blanked = blanked(text), let root = try DocumentParser.compose(blanked) else { return }
        try checkKeys(of: root)
    }

    /// The text with every "*" that may begin an alias replaced, so that nothing is shared; nil if there is none.
    private static func blanked(_ text: String) -> String? {
        var result = String.UnicodeScalarView()
        var previous: Unicode.Scalar = "\n"
        var isChanged = false
        for scalar in text.unicodeScalars {
            let begins = scalar == "*" && " \t\r\n,[]{}:?-".unicodeScalars.contains(previous)
            result.append(begins ? marker : scalar)
            isChanged = isChanged || begins
            previous = scalar
        }
        return isChanged ? String(result) : nil
    }

    private static func checkKeys(of node: Node) throws {
        switch node {
        case .mapping(let mapping):
            for (key, value) in mapping {
                try checkKey(key)
                try checkKeys(of: value)
            }
        case .sequence(let sequence):
            for element in sequence { try checkKeys(of: element) }
        case .scalar, .alias:
            break
        }
    }

    private static func checkKey(_ key: Node) throws {
        guard let scalar = key.scalar, scalar.string.unicodeScalars.first != marker else {
            throw Failure(mark: key.mark, message: "a key is a list, a map or an alias; write a plain word")
        }
    }
}
