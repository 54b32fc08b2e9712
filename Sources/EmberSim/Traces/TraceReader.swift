import EmberDocument

/// One file of a trace, as a scenario or a command names it.
public struct TraceFile: Hashable, Sendable {
    public let format: TraceFormat
    /// Where it is, or is looked for.
    public var path: String
    /// Who its requests are from, where the format does not say.
    public let service: String?

    public init(format: TraceFormat, path: String, service: String?) {
        self.format = format
        self.path = path
        self.service = service
    }

    /// What is wrong with a file of rates among others.
    var isNoRequests: ScenarioError {
        ScenarioError(Place(source: path), "has rates, not requests; read it by itself")
    }
}

/// The requests of one file, line by line, in the order of time that the file must have.
final class TraceReader {
    private let lines: LineReader
    private let format: any RequestFormat.Type
    private let service: String?
    private(set) var badLines: BadLines
    private var latest = Int.min

    init(_ file: TraceFile, format: any RequestFormat.Type, maxBadLines: Int) throws(ScenarioError) {
        lines = try LineReader(file.path)
        self.format = format
        service = file.service
        badLines = BadLines(source: file.path, limit: maxBadLines)
        if let header = format.header { try lines.expect(header) }
    }

    var isCalendar: Bool { format.isCalendar }

    func next() throws(ScenarioError) -> TraceRequest? {
        while let line = try lines.next() {
            guard !line.text.isEmpty else { continue }
            do throws(BadLine) {
                return try request(line.text)
            } catch {
                try badLines.skip(error, line: line.number)
            }
        }
        return nil
    }

    private func request(_ text: String) throws(BadLine) -> TraceRequest {
        var request = try format.request(text)
        guard request.nanoseconds >= latest else {
            throw BadLine(column: 1, message: "is earlier than the line before it; sort the file by time")
        }
        latest = request.nanoseconds
        if !format.namesServices { request.service = service }
        return request
    }
}

extension LineReader {
    /// Checks the first line, which no limit of bad lines makes up for.
    func expect(_ header: String) throws(ScenarioError) {
        let first = try next()?.text ?? ""
        guard first == header else {
            throw ScenarioError(
                Place(source: source, line: 1, column: 1),
                "is \(Quotation.of(first)); write \(header) as the first line")
        }
    }
}
