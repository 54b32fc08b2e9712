import NIOCore

/// What an upstream has answered is not what the path declares, whatever its status says.
struct OddAnswer: Error, CustomStringConvertible {
    /// What came, as the end of a sentence about the upstream.
    let description: String
    /// Whether the upstream may charge for it: it has worked, and what it has made cannot be used.
    private(set) var isBilled = false
    /// What it says of the upstream; nil: nothing that concerns other requests.
    private(set) var failure: Breaker.Failure? = .broken

    /// Its head alone says it.
    static func status(_ head: AnswerHead) -> OddAnswer {
        let length = head.headers.first(name: "content-length").map { ", content-length \(excerpt($0))" } ?? ""
        return OddAnswer(description: "it sent status \(head.status.code)\(length), which is no answer")
    }

    static func redirect(_ head: AnswerHead, _ why: String) -> OddAnswer {
        let location = head.headers.first(name: "location").map(excerpt) ?? ""
        let place = location.isEmpty ? "without a Location" : "with Location \(location)"
        return OddAnswer(description: "it sent status \(head.status.code) \(place): \(why)")
    }

    static func compressed(_ coding: String) -> OddAnswer {
        OddAnswer(
            description: "it sent status 200 with content-encoding \(excerpt(coding)), which was not asked for",
            isBilled: true)
    }

    static let stream = OddAnswer(
        description: "it sent a stream of events (text/event-stream), which was not asked for", isBilled: true)

    /// A stream was asked for, and what came is what the path declares of whole answers. Others may be answered well.
    static let noStream = OddAnswer(
        description: "it has answered a request for a stream with none; ask without \"stream\"", isBilled: true,
        failure: nil)

    /// - Parameters:
    ///   - declared: what should have come.
    ///   - body: as far as it is known.
    static func content(_ head: AnswerHead, insteadOf declared: String, _ body: ByteBuffer?) -> OddAnswer {
        let type = head.headers.first(name: "content-type").map { "content-type \(excerpt($0))" } ?? "no content-type"
        let text = body.map { excerpt(String(decoding: $0.readableBytesView.prefix(400), as: UTF8.self)) }
        let shown = text.map { $0.isEmpty ? " and an empty body" : ": \($0)" } ?? ""
        return OddAnswer(description: "it sent status 200 with \(type), where \(declared) was due\(shown)")
    }

    static func error(_ error: ErrorObject) -> OddAnswer {
        OddAnswer(
            description: "it sent status 200 with an error: \(excerpt(error.message))",
            failure: Breaker.Failure(toldStatus: error.status))
    }

    /// Whether the same may go well when it is asked again.
    var isWorthAnotherTry: Bool { failure != nil }

    /// Text from elsewhere in one line of printable characters.
    static func excerpt(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let safe = String(line.prefix(200).map { $0.isASCII && $0 >= " " && $0 <= "~" ? $0 : "?" })
        return line.count > 200 ? safe + "..." : safe
    }
}
