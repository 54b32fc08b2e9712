import EmberDocument

/// What is wrong with one line of a trace, and what was expected.
struct BadLine: Error {
    /// Counted from 1, in Unicode scalars.
    let column: Int
    let message: String
}

/// The bad lines of one file: skipped up to a limit, counted, and the first of them kept for the report.
struct BadLines {
    let source: String
    let limit: Int
    private(set) var skipped = 0
    private var first: [Issue] = []

    private static let kept = 20

    init(source: String, limit: Int) {
        self.source = source
        self.limit = limit
    }

    /// Counts a bad line; the error lists the first ones when it is one too many.
    mutating func skip(_ bad: BadLine, line: Int) throws(ScenarioError) {
        skipped += 1
        if first.count < Self.kept {
            let place = Place(source: source, line: line, column: bad.column)
            first.append(Issue(place: place, key: "", message: bad.message))
        }
        guard skipped <= limit else { throw ScenarioError(issues: first) }
    }

    /// A warning about a file that was read; nil when nothing was skipped.
    var note: String? {
        guard let first = first.first else { return nil }
        let lines = skipped == 1 ? "1 bad line" : "\(skipped) bad lines"
        return "\(source): \(lines) skipped, of at most \(limit); the first: \(first)"
    }
}
