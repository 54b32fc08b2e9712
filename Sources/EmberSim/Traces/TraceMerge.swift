/// The requests of several files as one trace, in the order of time; of equal times the file named first goes first.
///
/// Calendar times count from the earliest request of all files that have them, other times stay as they are.
final class TraceMerge {
    private let readers: [TraceReader]
    private var heads: [TraceRequest?]
    private let origin: Int
    /// Whose request was handed out last.
    private var last = 0

    /// Opens the files; all must be of formats that have requests.
    init(_ files: [TraceFile], maxBadLines: Int) throws(ScenarioError) {
        var readers: [TraceReader] = []
        var heads: [TraceRequest?] = []
        for file in files {
            guard let format = file.format.requests else { continue }
            let reader = try TraceReader(file, format: format, maxBadLines: maxBadLines)
            heads.append(try reader.next())
            readers.append(reader)
        }
        origin = zip(readers, heads).compactMap { $0.isCalendar ? $1?.nanoseconds : nil }.min() ?? 0
        self.readers = readers
        self.heads = heads
        for index in heads.indices { count(index) }
    }

    /// O(files).
    func next() throws(ScenarioError) -> TraceRequest? {
        var earliest: Int?
        for (index, head) in heads.enumerated() {
            guard let head else { continue }
            if let best = earliest.flatMap({ heads[$0] }), best.nanoseconds <= head.nanoseconds { continue }
            earliest = index
        }
        guard let earliest, let request = heads[earliest] else { return nil }
        last = earliest
        heads[earliest] = try readers[earliest].next()
        count(earliest)
        return request
    }

    /// The file of the request handed out last, for messages.
    var source: String { readers.isEmpty ? "" : readers[last].badLines.source }
    /// What was skipped so far.
    var notes: [String] { readers.compactMap(\.badLines.note) }

    /// Puts a file's next request on the common clock.
    private func count(_ index: Int) {
        if readers[index].isCalendar { heads[index]?.nanoseconds -= origin }
    }
}
