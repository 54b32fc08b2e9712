/// One thing that Ember needs of its machine, as it was found.
public struct Finding: Codable, Sendable, Equatable {
    public enum Grade: String, Codable, Sendable, Comparable {
        case ok, warning, problem

        public static func < (a: Grade, b: Grade) -> Bool { a.rank < b.rank }

        private var rank: Int {
            switch self {
            case .ok: 0
            case .warning: 1
            case .problem: 2
            }
        }
    }

    public let subject: String
    public let grade: Grade
    public let found: String
    /// What to do; nil where all is well.
    public let fix: String?

    init(_ subject: String, _ grade: Grade, _ found: String, fix: String?) {
        (self.subject, self.grade, self.found, self.fix) = (subject, grade, found, fix)
    }

    /// All is well.
    init(_ subject: String, _ found: String) { self.init(subject, .ok, found, fix: nil) }
}
