/// What a reading has found so far: problems, and the place of each setting for checks that come later.
struct Reading: Sendable {
    var problems = Problems()
    private var places: [SettingPath: Place] = [:]

    mutating func note(_ path: SettingPath, _ place: Place) { places[path] = place }

    func isStated(_ path: SettingPath) -> Bool { places[path] != nil }

    /// The place of a setting, or of the nearest section that holds it.
    func place(of path: SettingPath) -> Place {
        var path: SettingPath? = path
        while let current = path {
            if let place = places[current] { return place }
            path = current.parent
        }
        return Place(source: "configuration")
    }

    mutating func report(_ path: SettingPath, _ message: String) {
        problems.report(place(of: path), path, message)
    }

    mutating func warn(_ path: SettingPath, _ message: String) {
        problems.warn(place(of: path), path, message)
    }
}
