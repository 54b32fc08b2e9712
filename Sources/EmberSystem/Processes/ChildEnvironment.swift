/// The environment variables a child process gets: Ember's own without secrets, then those given explicitly.
package enum ChildEnvironment {
    /// Complexity: O(n) in the number of variables.
    package static func compose(inherited: [String: String], explicit: [String: String]) -> [String: String] {
        inherited
            .filter { name, _ in isWellFormed(name) && !isSecret(name) }
            .merging(explicit) { _, given in given }
    }

    /// Engines run models and code of many origins, and none of them needs Ember's or its clouds' keys.
    package static func isSecret(_ name: String) -> Bool {
        let name = name.uppercased()
        return name.hasSuffix("_API_KEY") || name.hasSuffix("_TOKEN")
            || name.hasPrefix("EMBER_") && name.contains("KEY")
    }

    /// A name that the process library refuses (shells may export such names) would fail every start.
    private static func isWellFormed(_ name: String) -> Bool {
        guard let first = name.first else { return false }
        return !(first.isASCII && first.isNumber)
    }
}
