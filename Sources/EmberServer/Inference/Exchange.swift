import EmberCore
import EmberEngine
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// One request on its way: from its admission to the last byte of its answer.
///
/// It tells the coordinator exactly once how the request ended; if it is dropped before, the client has gone.
final class Exchange: Sendable {
    private let call: InferenceCall
    /// By which the coordinator knows it.
    let tickets: Mutex<RequestTickets>
    let coordinator: Coordinator
    private let client: EngineClient
    private let pingSeconds: Double
    private let requestID: String
    /// nil where the request has no context that Ember sees to.
    let context: ContextExchange?
    /// The coordinator has been told of the end.
    private let isOver = Atomic(false)

    init(
        _ call: InferenceCall, _ ticket: Ticket, id: String, context: ContextExchange?, coordinator: Coordinator,
        client: EngineClient, pingSeconds: Double
    ) {
        self.call = call
        tickets = Mutex(RequestTickets(ticket))
        self.coordinator = coordinator
        self.client = client
        self.pingSeconds = pingSeconds
        requestID = id
        self.context = context
    }

    deinit {
        // Only where it is needed: a task of its own is dear on the way of every request.
        guard !isOver.load(ordering: .relaxed) else { return }
        let live = tickets.withLock { $0.live }
        Task { [coordinator, context] in
            // First, so that whoever takes its place finds its slot free.
            await context?.giveUp()
            for ticket in live { await coordinator.cancel(ticket) }
        }
    }

    /// Of the place that is to answer.
    var ticket: Ticket { tickets.withLock { $0.own } }

    /// The answer has come to its end; an error is none that anybody bills.
    private func finish(_ answer: EngineAnswer, _ usage: UsageScanner) async {
        isOver.store(true, ordering: .relaxed)
        await context?.finish(usage)
        if let target = answer.target, answer.failure == nil { await coordinator.note(target, nil) }
        guard !answer.isError else { return await coordinator.fail(ticket, retryable: false, isBilled: false) }
        await coordinator.finish(
            ticket, tokens: usage.tokens, usage: usage.bill, work: usage.work(promptBytes: call.size.promptBytes))
    }

    /// The answer has broken off: the request has failed for good.
    private func fail(_ answer: EngineAnswer) async {
        isOver.store(true, ordering: .relaxed)
        await context?.giveUp()
        if let target = answer.target { await coordinator.note(target, .broken) }
        await coordinator.fail(ticket, retryable: false)
    }

    /// The response to the client; `outcome` is nil while it is not decided where the request runs.
    func respond(_ outcome: Outcome?) async throws -> Response {
        if let outcome { return try await answer(outcome) }
        guard call.isStreaming else { return try await answer(await coordinator.outcome(of: ticket)) }
        if let outcome = await coordinator.outcome(of: ticket, within: pingSeconds) { return try await answer(outcome) }
        return streamWithPings()
    }

    private func answer(_ outcome: Outcome) async throws -> Response {
        let reached = try await reach(outcome)
        let answer = reached.answer
        let response = head(of: answer, reached.headers)
        switch answer.content {
        case .whole(let body):
            var usage = UsageScanner()
            usage.read(body)
            if answer.status == .ok { context?.read(body) }
            await finish(answer, usage)
            let shown = answer.isEventStream ? shown(body, of: answer) : body
            return Response(
                status: response.status, headers: response.headers, body: .init(shown, whileHolding: answer.held))
        case .pieces(let first, let rest):
            return Response(
                status: response.status, headers: response.headers,
                body: .init { writer in
                    try await self.relay(answer, first, rest, to: &writer)
                    try await writer.finish(nil)
                })
        }
    }

    /// Begins the response before it is known where the request runs, so that the client does not give up.
    private func streamWithPings() -> Response {
        Response(
            status: .ok, headers: Self.eventStream(requestID),
            body: .init { writer in
                var outcome: Outcome?
                while outcome == nil {
                    try await writer.write(ByteBuffer(string: ": waiting for the model\n\n"))
                    outcome = await self.coordinator.outcome(of: self.ticket, within: self.pingSeconds)
                }
                do {
                    let reached = try await self.reach(outcome ?? .refused(.clientGone))
                    try await writer.write(reached.comment)
                    try await self.relayLate(reached.answer, to: &writer)
                } catch let error as APIError {
                    try await writer.write(error.serverSentEvent)
                }
                try await writer.finish(nil)
            })
    }

    /// Passes on an answer whose head has been sent already.
    private func relayLate(_ answer: EngineAnswer, to writer: inout any ResponseBodyWriter) async throws {
        switch answer.content {
        case .pieces(let first, let rest) where answer.isEventStream:
            try await relay(answer, first, rest, to: &writer)
        case .whole(let body) where answer.isEventStream:
            var usage = UsageScanner()
            usage.read(body)
            try await writer.write(shown(body, of: answer))
            await finish(answer, usage)
        case .whole(let body):
            try await writer.write(Self.event(of: body))
            await finish(answer, UsageScanner())
        case .pieces(let first, let rest):
            var body = first ?? ByteBuffer()
            while body.readableBytes < Self.largestLateError, var piece = try await rest.next() {
                body.writeBuffer(&piece)
            }
            try await writer.write(Self.event(of: body))
            await finish(answer, UsageScanner())
        }
    }

    /// An answer that is no event stream, such as an error of the engine: its JSON becomes one event.
    private static func event(of body: ByteBuffer) -> ByteBuffer {
        var event = ByteBuffer(string: "data: ")
        event.writeBytes(body.readableBytesView.filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
        event.writeString("\n\n")
        return event
    }

    /// Of an error without a length that comes after the response has begun, more is not read.
    private static let largestLateError = 64 << 10

    /// What the client is to see of a whole stream.
    private func shown(_ body: ByteBuffer, of answer: EngineAnswer) -> ByteBuffer {
        guard answer.hidesUsage else { return body }
        var filter = EventStreamFilter(hidesUsage: true)
        return filter.passOn(body, isEnd: true)
    }

    /// Passes the answer on piece by piece as it comes.
    private func relay(
        _ answer: EngineAnswer, _ first: ByteBuffer?, _ rest: any AnswerBody, to writer: inout any ResponseBodyWriter
    ) async throws {
        let isEventStream = answer.isEventStream
        var usage = UsageScanner()
        var filter = isEventStream ? EventStreamFilter(hidesUsage: answer.hidesUsage) : nil
        var piece = first
        while let current = piece {
            usage.read(current)
            if isEventStream { context?.read(current) }
            let passed = filter?.passOn(current) ?? current
            if passed.readableBytes > 0 { try await writer.write(passed) }
            do {
                piece = try await rest.next()
            } catch {
                if Task.isCancelled { throw error }
                await fail(answer)
                // Without a mark in the stream, the only honest end is a broken connection.
                guard isEventStream else { throw error }
                let problem = answer.target.map { APIError.noAnswer(of: $0, error) } ?? .brokenStream
                try await writer.write(problem.serverSentEvent)
                return
            }
        }
        if let left = filter?.passOn(ByteBuffer(), isEnd: true), left.readableBytes > 0 { try await writer.write(left) }
        await finish(answer, usage)
    }

    /// An answer of which the client has seen nothing yet, with what Ember says of it.
    struct Reached: Sendable {
        let answer: EngineAnswer
        let headers: HTTPFields

        /// What the headers would say, for a stream whose head has been sent already.
        var comment: ByteBuffer {
            ByteBuffer(string: ": served by \(headers[.servedBy] ?? "edge"), model \(headers[.servedModel] ?? "")\n\n")
        }
    }

    /// Sends the request to where it is to run, again and elsewhere if the planner says so, until an answer begins.
    private func reach(_ outcome: Outcome) async throws -> Reached {
        var outcome = outcome
        var failure: Result<Reached, APIError>?
        while true {
            switch outcome {
            case .refused(let refusal):
                // What the last upstream itself has said tells more.
                if refusal.isCloudFailure, let failure { return try failure.get() }
                throw APIError(refusal)
            case .edge(let route):
                do { return try await ask(route) } catch let refusal as SlotRefusal where refusal != .ending {
                    try Task.checkCancellation()
                    isOver.store(true, ordering: .relaxed)
                    await coordinator.fail(ticket, retryable: false)
                    throw APIError(refusal, model: coordinator.deployment[route.model].name)
                } catch {
                    try Task.checkCancellation()
                    await context?.giveUp()
                    await coordinator.confirm(route)
                    await coordinator.fail(ticket, retryable: true)
                }
            case .cloud(let target, let reason):
                do {
                    let reached = try await askWithHedge(target, reason)
                    guard reached.answer.failure != nil else { return reached }
                    failure = .success(reached)
                    await coordinator.fail(ticket, retryable: true, isBilled: false)
                } catch {
                    try Task.checkCancellation()
                    failure = .failure(.noAnswer(of: target, error))
                    await coordinator.fail(ticket, retryable: true, isBilled: CloudTarget.mayHaveHeard(error))
                }
            }
            outcome = await coordinator.outcome(of: ticket)
        }
    }

    func ask(_ route: EdgeRoute) async throws -> Reached {
        let name = coordinator.deployment[route.model].name
        let begun = try await context?.begin(on: route)
        var headers: HTTPFields = [.servedBy: "edge", .servedModel: name, .edgeReason: route.reason.rawValue]
        if let begun { headers[.demonstrations] = String(begun.demonstrations) }
        if route.model != ticket.model { headers[.standInFor] = coordinator.deployment[ticket.model].name }
        let model = coordinator.deployment[route.model]
        var edits = (begun?.edits ?? []) + call.edits(applying: model.adapter)
        if model.forbidsReuse { edits += call.editsAgainstReuse }
        let answer = try await client.send(call, edits, to: route, name: name, claim: begun?.claim)
        return Reached(answer: answer, headers: headers)
    }

    func ask(_ target: CloudTarget, _ reason: OffloadReason) async throws -> Reached {
        if target.prices != nil { await coordinator.spendingIsKept() }
        let answer: EngineAnswer
        do { answer = try await client.send(call, to: target) } catch {
            // Whoever waits no longer has learnt nothing of the upstream.
            if !Task.isCancelled { await coordinator.note(target, .broken) }
            throw error
        }
        // That it is well is known at its end.
        if let failure = answer.failure { await coordinator.note(target, failure) }
        let headers: HTTPFields = [
            .servedBy: "cloud:\(target.upstream.name)", .servedModel: coordinator.deployment[ticket.model].name,
            .offloadReason: "\(reason)",
        ]
        return Reached(answer: answer, headers: headers)
    }

    /// The engine's head, less what concerns only its own connection.
    private func head(
        of answer: EngineAnswer, _ headers: HTTPFields
    ) -> (status: HTTPResponse.Status, headers: HTTPFields) {
        var headers = headers
        for name in [HTTPField.Name.contentType, .retryAfter] {
            if let value = answer.headers.first(name: name.canonicalName) { headers[name] = value }
        }
        headers[.requestID] = requestID
        if tickets.withLock({ $0.isHedged }) { headers[.hedged] = "true" }
        if answer.isEventStream {
            headers[.cacheControl] = "no-cache"
            headers[.accelBuffering] = "no"
        }
        return (HTTPResponse.Status(code: Int(answer.status.code), reasonPhrase: answer.status.reasonPhrase), headers)
    }

    private static func eventStream(_ id: String) -> HTTPFields {
        [.contentType: "text/event-stream", .cacheControl: "no-cache", .accelBuffering: "no", .requestID: id]
    }
}

extension ResponseBody {
    /// A whole answer; a long one counts as held back until the client has it.
    fileprivate init(_ bytes: ByteBuffer, whileHolding held: HeldAnswer?) {
        guard let held else {
            self.init(byteBuffer: bytes)
            return
        }
        self.init(contentLength: bytes.readableBytes) { writer in
            defer { withExtendedLifetime(held) {} }
            try await writer.write(bytes)
            try await writer.finish(nil)
        }
    }
}

extension APIError {
    static let brokenStream = APIError.badGateway(
        "The engine ended in the middle of its answer.", code: "engine_failed")

    static func noAnswer(of target: CloudTarget, _ error: any Error) -> APIError {
        .badGateway(
            "Upstream '\(target.upstream.name)' did not answer, or not to the end: \(error).", code: "upstream_failed")
    }
}
