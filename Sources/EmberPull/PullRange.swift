/// The part of a file that an answer carries.
struct PullRange: Hashable, Sendable {
    let start: Int
    /// Where it ends, not included; nil when the server does not say.
    let end: Int?
    /// Length of the whole file; nil when the server does not say.
    let total: Int?

    /// Of the field Content-Range, such as "bytes 5-9/20"; nil for what is none, or contradicts itself.
    init?(contentRange text: String) {
        guard let match = text.wholeMatch(of: /bytes ([0-9]+)-([0-9]+)\/([0-9]+|\*)/), let start = Int(match.1),
            let last = Int(match.2), start <= last, last < Int.max
        else { return nil }
        let total = Int(match.3)
        guard match.3 == "*" || total.map({ last < $0 }) == true else { return nil }
        self.init(start: start, end: last + 1, total: total)
    }

    init(start: Int, end: Int?, total: Int?) { (self.start, self.end, self.total) = (start, end, total) }

    /// Whether nothing of the file lies before or after it.
    var isWhole: Bool { start == 0 && end != nil && end == total }
}

/// What to do with an answer.
enum PullStart: Hashable, Sendable {
    /// Take its bytes.
    case bytes(PullRange)
    /// The partial file has all bytes already.
    case complete
    /// The partial file is of another file than the server's, or the server cannot say where to go on.
    case over
}
