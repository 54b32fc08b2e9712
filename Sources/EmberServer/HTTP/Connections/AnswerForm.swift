import NIOHTTP1

/// What a request asks of its answer's form on the wire (RFC 9110 and 9112).
struct AnswerForm: OptionSet {
    let rawValue: UInt8

    /// A HEAD request: the answer has a head alone, whose fields describe the body that GET would bring.
    static let headAlone = AnswerForm(rawValue: 1)
    /// An HTTP/1.0 request: its client does not know chunks, and keeps the connection only where that is said.
    static let withoutChunks = AnswerForm(rawValue: 2)
    /// The connection closes behind the answer.
    static let last = AnswerForm(rawValue: 4)
    /// The client waits for "100 Continue" before it sends the body, and may never send it otherwise.
    static let awaitsContinue = AnswerForm(rawValue: 8)
}

extension AnswerForm {
    init(_ request: HTTPRequestHead) {
        self = []
        if request.method == .HEAD { insert(.headAlone) }
        if request.version == .http1_0 { insert(.withoutChunks) }
        if !request.isKeepAlive { insert(.last) }
        if request.version != .http1_0, request.headers.contains(name: "expect") { insert(.awaitsContinue) }
    }

    /// Says in the answer's head how its body ends, and whether the connection goes on.
    ///
    /// Where only the end of the connection can end the body, the answer becomes the last.
    mutating func frame(_ head: inout HTTPResponseHead) {
        let mayHaveBody = head.status.mayHaveResponseBody
        if !mayHaveBody { head.headers.remove(name: "content-length") }
        if mayHaveBody, !head.headers.contains(name: "content-length") {
            if contains(.withoutChunks) {
                insert(.last)
            } else if !contains(.headAlone) {
                head.headers.add(name: "transfer-encoding", value: "chunked")
            }
        }
        if contains(.last) {
            head.headers.replaceOrAdd(name: "connection", value: "close")
        } else if contains(.withoutChunks) {
            head.headers.replaceOrAdd(name: "connection", value: "keep-alive")
        }
    }
}
