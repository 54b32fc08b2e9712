/// Collects what is wrong in a configuration, so that one run reports everything.
package struct Problems {
    package var issues: [Issue] = []
    package var warnings: [Issue] = []

    package init() {}

    package mutating func report(_ place: Place, _ path: SettingPath, _ message: String) {
        issues.append(Issue(place: place, key: path.description, message: message))
    }

    package mutating func warn(_ place: Place, _ path: SettingPath, _ message: String) {
        warnings.append(Issue(place: place, key: path.description, message: message))
    }

    /// In the order of the file, each once: an alias's value is read several times.
    package static func sorted(_ issues: [Issue]) -> [Issue] {
        var seen: Set<String> = []
        return issues.enumerated()
            .sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }
            .map(\.element)
            .filter { seen.insert($0.description).inserted }
    }
}
