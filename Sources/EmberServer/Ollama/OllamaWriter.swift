import HTTPTypes
import Hummingbird
import NIOCore

/// Writes a stream of events as Ollama's lines.
struct OllamaWriter: ResponseBodyWriter {
    private var base: any ResponseBodyWriter
    private var stream: OllamaStream
    private let end: @Sendable () async -> OllamaTimes

    /// - Parameter end: called once the stream has ended well.
    init(base: any ResponseBodyWriter, stream: OllamaStream, end: @escaping @Sendable () async -> OllamaTimes) {
        (self.base, self.stream, self.end) = (base, stream, end)
    }

    mutating func write(_ buffer: ByteBuffer) async throws {
        let lines = stream.passOn(buffer)
        if lines.readableBytes > 0 { try await base.write(lines) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        let last = stream.end(await end())
        if last.readableBytes > 0 { try await base.write(last) }
        try await base.finish(trailingHeaders)
    }
}
