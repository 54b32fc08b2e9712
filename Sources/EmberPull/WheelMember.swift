import EmberSystem

/// A file inside a Python package, such as a small model that a package brings along.
struct WheelMember: Hashable, Sendable, CustomStringConvertible {
    let package: String
    let version: String
    /// The member's path, or a pattern in which `*`, `?` and `[...]` match within one part of the path.
    var pattern: String

    /// Parses what follows `pypi:`.
    ///
    /// The checks are strict since package and version become an argument of pip, which must not take them as an
    /// option or an address.
    init(parsing text: Substring) throws(PullError) {
        let shown = OneLine.of(String(text))
        guard let match = text.wholeMatch(of: /([^=:]*)==([^:]*):(.*)/) else {
            throw .badSource("source \"pypi:\(shown)\" is not pypi:package==version:path/in/wheel/file")
        }
        guard match.1.wholeMatch(of: /[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?/) != nil else {
            throw .badSource(
                "source \"pypi:\(shown)\" has no valid package name before ==: use letters, digits and . _ -")
        }
        guard match.2.wholeMatch(of: /[0-9][A-Za-z0-9.+!_-]*/) != nil else {
            throw .badSource("source \"pypi:\(shown)\" has no exact version after ==: give one such as 1.2.3")
        }
        guard Self.isRelativePath(match.3) else {
            throw .badSource(
                "source \"pypi:\(shown)\" has no valid path after the version: give the file's path in the wheel")
        }
        package = String(match.1)
        version = String(match.2)
        pattern = String(match.3)
    }

    var requirement: String { "\(package)==\(version)" }

    var description: String { "pypi:\(requirement):\(pattern)" }

    static func isPattern(_ text: some StringProtocol) -> Bool {
        text.contains { "*?[".contains($0) }
    }

    private static func isRelativePath(_ text: Substring) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part != "." && part != ".." && !part.contains("\\")
                && part.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
        }
    }
}
