/// What a reading has found so far: problems, and the place of each setting for checks that come later.
package struct Reading: Sendable {
    package var problems = Problems()
    private var places: [SettingPath: Place] = [:]
    /// Values as they stand in the file, where the environment was expanded.
    private var unexpanded: [SettingPath: String] = [:]

    package init() {}

    package mutating func note(_ path: SettingPath, _ place: Place) { places[path] = place }

    package mutating func note(_ path: SettingPath, _ node: DocumentNode) {
        note(path, node.place)
        if let scalar = node.scalar, scalar.text != scalar.shown { unexpanded[path] = scalar.shown }
    }

    /// A setting's value for a message: as it stands in the file, for what came from the environment may be secret.
    package func shown(_ value: String, at path: SettingPath) -> String {
        Quotation.of(unexpanded[path] ?? value)
    }

    package func isStated(_ path: SettingPath) -> Bool { places[path] != nil }

    /// The place of a setting, or of the nearest section that holds it.
    package func place(of path: SettingPath) -> Place {
        var path: SettingPath? = path
        while let current = path {
            if let place = places[current] { return place }
            path = current.parent
        }
        return Place(source: "configuration")
    }

    package mutating func report(_ path: SettingPath, _ message: String) {
        problems.report(place(of: path), path, message)
    }

    package mutating func warn(_ path: SettingPath, _ message: String) {
        problems.warn(place(of: path), path, message)
    }
}
