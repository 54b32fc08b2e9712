import NIOCore

/// An answer that goes to the client as it comes: what is passed on of each piece, and what the pieces say of the
/// answer.
struct OutgoingAnswer {
    /// nil: it is no stream.
    private var filter: EventStreamFilter?
    private var messages: MessagesStream?
    /// Of an answer that is no stream the model's name stands in the first piece, or stays.
    private var echo: ModelEcho?
    private var json = JSONExtent()
    private(set) var usage = UsageScanner()

    init(_ answer: EngineAnswer) {
        if answer.isEventStream {
            filter = EventStreamFilter(hidesUsage: answer.hidesUsage, echo: answer.echo)
            messages = answer.translation.map(MessagesStream.init)
        } else {
            echo = answer.echo
        }
    }

    var isStream: Bool { filter != nil }

    /// Of a stream: whether nothing of a further event has come.
    var isBetweenEvents: Bool { filter?.isBetweenEvents == true }

    /// Of other answers.
    var isWholeJSON: Bool { json.isWhole }

    /// What the stream itself has sent as an error, or what keeps it from being passed on; nothing comes behind it.
    var error: ErrorObject? {
        filter?.error
            ?? messages?.failure.map {
                ErrorObject(
                    message: "The engine's stream cannot be passed on: \($0).", type: "server_error", param: nil,
                    code: "engine_failed")
            }
    }

    /// What is to be written now.
    mutating func passOn(_ piece: ByteBuffer) -> ByteBuffer {
        usage.read(piece)
        guard let passed = filter?.passOn(piece) else {
            json.read(piece)
            return echo.take()?.written(into: piece) ?? piece
        }
        return messages?.passOn(passed) ?? passed
    }

    /// What is left of an answer that has ended well.
    mutating func end() -> ByteBuffer {
        let left = filter?.end() ?? ByteBuffer()
        return messages?.end(behind: left) ?? left
    }
}
