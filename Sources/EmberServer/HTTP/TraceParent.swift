import HTTPTypes
import NIOHTTP1

/// The trace that a client's request belongs to (W3C Trace Context, level 1), as engines and upstreams get it.
///
/// Ember is a participant that records nothing itself: it names itself as the parent of what it asks, by the beginning
/// of the request's id. A request without a trace gets none: all that a new one would name is the id, which replies and
/// the log have already.
struct TraceParent: Equatable {
    /// 32 hexadecimal digits.
    let trace: String
    private let isSampled: Bool
    /// The client's own tracestate; nil: there is none that may be passed on.
    private let state: String?

    private static let parts = [2, 32, 16, 2]
    /// What everyone has to pass on; what is longer may be dropped.
    private static let longestState = 512

    /// nil where there is no valid traceparent: then the request belongs to no trace, and its tracestate is not passed
    /// on.
    init?(_ headers: HTTPFields) {
        guard let text = headers[.traceparent] else { return nil }
        let all = text.split(separator: "-", omittingEmptySubsequences: false)
        guard all.count >= Self.parts.count, zip(all, Self.parts).allSatisfy({ $0.utf8.count == $1 && Self.isHex($0) }),
            all[0] != "ff", all[0] != "00" || all.count == Self.parts.count, Self.isGiven(all[1]), Self.isGiven(all[2]),
            let flags = UInt8(all[3], radix: 16)
        else { return nil }
        trace = String(all[1])
        isSampled = flags & 1 == 1
        state = headers[.tracestate].flatMap { $0.isEmpty || $0.utf8.count > Self.longestState ? nil : $0 }
    }

    private static func isHex(_ text: Substring) -> Bool {
        text.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
    }

    /// All zeros mean none.
    private static func isGiven(_ text: Substring) -> Bool { text.utf8.contains { $0 != UInt8(ascii: "0") } }

    /// Adds what Ember passes on.
    ///
    /// - Parameter id: the request's, of 32 random hexadecimal digits.
    func add(to headers: inout HTTPHeaders, asChildOf id: String) {
        headers.add(name: "traceparent", value: "00-\(trace)-\(id.prefix(16))-\(isSampled ? "01" : "00")")
        if let state { headers.add(name: "tracestate", value: state) }
    }
}
