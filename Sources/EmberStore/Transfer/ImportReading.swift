/// Reads an import to its end before anything of it is stored: all lines are right, or the first wrong ones are
/// reported.
struct ImportReading {
    let check: ContentCheck
    let defaults: LineDefaults
    let limitBytes: Int
    private(set) var contents: [DemonstrationContent] = []
    private var splitter = LineSplitter()
    private var line = 0
    private var bytes = 0
    private var problems: [LineProblem] = []
    private var untold = 0

    private static let mostTold = 20

    init(_ limits: StoreLimits, _ defaults: LineDefaults) {
        check = ContentCheck(limits: limits)
        self.defaults = defaults
        limitBytes = limits.importBytes.count
    }

    mutating func read(_ piece: [UInt8]) throws(StoreError) {
        bytes += piece.count
        guard bytes <= limitBytes else { throw .importTooLong(limitBytes: limitBytes) }
        for line in splitter.lines(completedBy: piece) { read(line: line) }
    }

    /// All demonstrations, once the last piece has been read.
    mutating func finish() throws(StoreError) -> [DemonstrationContent] {
        if let last = splitter.lastLine() { read(line: last) }
        guard problems.isEmpty else { throw .badLines(problems, more: untold) }
        return contents
    }

    private mutating func read(line bytes: [UInt8]) {
        line += 1
        // An empty line is no demonstration and no mistake.
        guard bytes.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }) else { return }
        do throws(FieldProblem) {
            let content = try DemonstrationLine(bytes, defaults: defaults).content
            try check.check(content)
            if problems.isEmpty { contents.append(content) }
        } catch {
            guard problems.count < Self.mostTold else { return untold += 1 }
            problems.append(LineProblem(line: line, problem: error))
            contents = []
        }
    }
}
