import HTTPTypes
import Hummingbird
import NIOCore

/// /ember/v1/events: the state of the server and the latest requests, as server-sent events for the page.
struct EventRoutes {
    let publisher: PagePublisher
    let authentication: Authentication

    func add(to router: Router<EmberRequestContext>) {
        router.get("/ember/v1/events") { request, context in
            guard let seat = publisher.seat() else { throw Self.noPlace }
            let head = Request(head: request.head, body: .init(buffer: ByteBuffer()))
            let tenant = authentication.needsKey ? context.identity.tenantNumber : nil
            return Response(
                status: .ok,
                headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no"],
                body: .init { writer in
                    defer { withExtendedLifetime(seat) {} }
                    try await write(to: &writer, of: tenant) { isLetIn(head) }
                    try await writer.finish(nil)
                })
        }
    }

    /// - Parameters:
    ///   - tenant: whose requests are shown; nil: there is only one.
    ///   - isLetIn: whether the reader may still see it.
    private func write(
        to writer: inout any ResponseBodyWriter, of tenant: Int?, while isLetIn: () -> Bool
    ) async throws {
        var (number, change) = (0, 0)
        while let edition = await publisher.edition(after: number), isLetIn() {
            number = edition.number
            try await writer.write(Self.event("state", edition.state))
            let news = edition.requests.filter { $0.change > change && (tenant == nil || $0.tenant == tenant) }
            change = edition.requests.reduce(change) { max($0, $1.change) }
            guard !news.isEmpty else { continue }
            try await writer.write(Self.event("requests", try PageJSON.line(news.map(\.view))))
        }
    }

    /// A logout, or a key that has been removed, ends what was begun with it.
    private func isLetIn(_ request: Request) -> Bool {
        !authentication.needsKey || authentication.key(of: request) != nil
    }

    private static func event(_ name: String, _ data: ByteBuffer) -> ByteBuffer {
        var event = ByteBuffer(string: "event: \(name)\ndata: ")
        event.writeImmutableBuffer(data)
        event.writeString("\n\n")
        return event
    }

    private static var noPlace: APIError {
        var error = APIError(
            status: .serviceUnavailable,
            message: "\(PagePublisher.mostReaders) pages are open already. Close one of them.",
            type: "server_error", code: "too_many_pages")
        error.retryAfterSeconds = 10
        return error
    }
}
