public import EmberDocument

/// Every problem that was found in a scenario or its requests, in the order of the file.
public struct ScenarioError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Never empty.
    public let issues: [Issue]

    public init(issues: [Issue]) { self.issues = issues }

    init(_ place: Place, key: String = "", _ message: String) {
        self.init(issues: [Issue(place: place, key: key, message: message)])
    }

    /// One issue a line.
    public var description: String { issues.map(\.description).joined(separator: "\n") }
}
