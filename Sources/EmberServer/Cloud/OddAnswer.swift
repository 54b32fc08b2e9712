import NIOCore

/// What an upstream has answered is not what the path declares, whatever its status says.
struct OddAnswer: Error, CustomStringConvertible {
    /// What came, as the end of a sentence about the upstream. Nothing of what the request or its answer says is in it.
    let what: String
    /// The beginning of the content, for the request's own client alone.
    private(set) var excerpt = ""
    /// Whether the upstream may charge for it: it has worked, and what it has made cannot be used.
    private(set) var isBilled = false
    /// What it says of the upstream; nil: nothing that concerns other requests.
    private(set) var failure: Breaker.Failure? = .broken

    var description: String { excerpt.isEmpty ? what : "\(what): \(excerpt)" }

    /// Its head alone says it.
    static func status(_ head: AnswerHead) -> OddAnswer {
        OddAnswer(what: "it sent status \(head.status.code), which is no answer")
    }

    static func redirect(_ head: AnswerHead, _ why: String) -> OddAnswer {
        let location = head.headers.first(name: "location").map(line) ?? ""
        let place = location.isEmpty ? "without a Location" : "with Location \(location)"
        return OddAnswer(what: "it sent status \(head.status.code) \(place): \(why)")
    }

    static func compressed(_ coding: String) -> OddAnswer {
        OddAnswer(
            what: "it sent status 200 with content-encoding \(line(coding)), which was not asked for", isBilled: true)
    }

    static let stream = OddAnswer(
        what: "it sent a stream of events (text/event-stream), which was not asked for", isBilled: true)

    /// A stream was asked for, and what came is what the path declares of whole answers. Other requests may succeed.
    static let noStream = OddAnswer(
        what: "it has answered a request for a stream with none; ask without \"stream\"", isBilled: true, failure: nil)

    /// - Parameters:
    ///   - declared: what should have come.
    ///   - body: as far as it is known.
    static func content(_ head: AnswerHead, insteadOf declared: String, _ body: ByteBuffer) -> OddAnswer {
        let type = head.headers.first(name: "content-type").map { "content-type \(line($0))" } ?? "no content-type"
        let text = line(String(decoding: body.readableBytesView.prefix(400), as: UTF8.self))
        let empty = text.isEmpty ? " and an empty body" : ""
        return OddAnswer(what: "it sent status 200 with \(type)\(empty), where \(declared) was due", excerpt: text)
    }

    static func error(_ error: ErrorObject) -> OddAnswer {
        OddAnswer(
            what: "it sent status 200 with an error", excerpt: line(error.message),
            failure: Breaker.Failure(toldStatus: error.status))
    }

    /// Whether the same may go well when it is asked again.
    var isWorthAnotherTry: Bool { failure != nil }

    /// Text from elsewhere as the beginning of one line of printable characters.
    static func line(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let safe = String(line.prefix(200).map { $0.isASCII && $0 >= " " && $0 <= "~" ? $0 : "?" })
        return line.count > 200 ? safe + "..." : safe
    }
}
