import EmberCore
import EmberEngine
import EmberSystem
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// One request on its way: from its admission to the last byte of its answer.
///
/// It reports to the coordinator exactly once how the request ended; if it is dropped before, the client has gone.
final class Exchange: Sendable {
    let call: InferenceCall
    /// Whose request it is.
    let tenant: Int
    let bound: PoolBound
    let state: Mutex<ExchangeState>
    let coordinator: Coordinator
    let client: EngineClient
    private let pingSeconds: Double
    private let requestID: String
    /// nil where the request has no context that Ember keeps.
    let context: ContextExchange?

    init(
        _ call: InferenceCall, _ ticket: Ticket, id: String, tenant: Int, bound: PoolBound = PoolBound(),
        context: ContextExchange?,
        coordinator: Coordinator, client: EngineClient, pingSeconds: Double
    ) {
        self.call = call
        self.tenant = tenant
        self.bound = bound
        state = Mutex(ExchangeState(ticket))
        self.coordinator = coordinator
        self.client = client
        self.pingSeconds = pingSeconds
        requestID = id
        self.context = context
    }

    deinit {
        // Only where it is needed: a task of its own is dear on the way of every request.
        guard let (tickets, route) = state.withLock({ $0.abandoned }) else { return }
        coordinator.time.later { [coordinator, context, call] in
            // First, so that the next request finds its slot free.
            await context?.giveUp()
            for ticket in tickets { await coordinator.cancel(ticket) }
            guard let route else { return }
            let fingerprint = await call.fingerprint
            // Without the request's body.
            coordinator.time.later { await coordinator.watchEnd(of: route, for: fingerprint) }
        }
    }

    /// Of the place that is to answer.
    var ticket: Ticket { state.withLock { $0.ticket } }

    /// The answer has come to its end; an error is never billed.
    ///
    /// - Parameter firstToken: when the first event of its stream came; nil: it was no stream.
    /// - Returns: what its prompt has found in its engine's slots; nil where Ember keeps none for it, or of an error.
    @discardableResult
    nonisolated(nonsending) func finish(
        _ answer: EngineAnswer, _ usage: UsageScanner, firstToken: TimeSource.Instant? = nil
    ) async -> SlotUseView? {
        let ticket = state.withLock { $0.end() }
        let figures = usage.figures
        let context = await context?.finish(figures)
        if let target = answer.target, answer.fault == nil { await record(target, nil) }
        guard !answer.isError else {
            await coordinator.fail(
                ticket, retryable: false, isBilled: false, code: "\(answer.status.code)", held: context?.held)
            return nil
        }
        await coordinator.finish(
            ticket, tokens: figures.tokens, usage: figures.bill, work: figures.work(promptBytes: call.size.promptBytes),
            slot: context?.slot, firstToken: firstToken, held: context?.held)
        return context?.slot
    }

    /// The engine has no slot for the request that is free of other tenants' prompts: it ends without having run.
    func end(_ refusal: SlotRefusal, on model: ModelID) async -> APIError {
        await coordinator.fail(state.withLock { $0.end() }, retryable: false, code: "no_clean_slot")
        return APIError(refusal, model: coordinator.deployment[model].name)
    }

    /// The engine was started without the variant's adapter: it would answer as another model.
    func end(_ problem: LackingAdapter, on model: ModelID) async -> APIError {
        await coordinator.fail(state.withLock { $0.end() }, retryable: false, code: "model_failed")
        return APIError(Refusal(unusable: coordinator.deployment[model], coordinator.deployment[model].problem))
    }

    /// The answer is none after all, when it may have cost something already: the request has failed for good.
    ///
    /// - Parameters:
    ///   - fault: whose it is.
    ///   - why: what was wrong with an upstream's answer, for messages.
    func fail(_ answer: EngineAnswer, _ fault: AnswerFault, _ why: String? = nil) async {
        let ticket = state.withLock { $0.end() }
        await context?.giveUp()
        if let target = answer.target {
            switch fault {
            case .server(let failure): await record(target, failure, why)
            case .unclear: _ = await suspect(target, await suspicion)
            case .request, .place: break
            }
        }
        await coordinator.fail(ticket, retryable: false)
    }

    /// By which an upstream that fails the request is judged.
    var suspicion: Suspicion.Case {
        get async { .init(request: await call.fingerprint, tenant: tenant) }
    }

    /// The response to the client; `outcome` is nil while it is not decided where the request runs.
    nonisolated(nonsending) func respond(_ outcome: Outcome?) async throws -> Response {
        guard call.wantsEvents else {
            EventLoopExecutor.current?.presence?.waits(for: ticket)
            return try await answer(try await reach(outcome))
        }
        let reaching = Awaited(coordinator.time) { try await self.reach(outcome) }
        if let reached = try await reaching.value(within: secondsToPing) { return try await answer(reached) }
        return streamWithPings(reaching)
    }

    /// Only what is written shows whether a client that has closed its side has gone.
    private var secondsToPing: Double {
        EventLoopExecutor.current?.presence?.isHalfClosed == true ? min(Self.secondsToProbe, pingSeconds) : pingSeconds
    }

    private static let secondsToProbe = 1.0

    nonisolated(nonsending) private func answer(_ reached: consuming Reached) async throws -> Response {
        var reached = reached
        let answer = reached.answer
        if call.wantsEvents, answer.status == .ok, !answer.isEventStream {
            await fail(answer, .request)
            throw APIError.noStream
        }
        if answer.translation != nil, !answer.isError, !answer.isEventStream, case .pieces = answer.content {
            await fail(answer, .request)
            throw APIError.badGateway(
                "The engine's answer exceeds \(EngineAnswer.largestHeld) bytes: ask for less at once.",
                code: "answer_too_long")
        }
        var headers = reached.takeHeaders()
        let status = writeHead(of: answer, to: &headers)
        switch answer.content {
        case .whole(let body):
            let (shown, reused) = try await finish(answer, body)
            if let reused {
                headers.append(HTTPField(name: .reusedTokens, value: String(reused)))
            }
            if answer.isError, shown != body { headers[.contentType] = "application/json" }
            headers.append(HTTPField(name: .contentLength, value: String(shown.readableBytes)))
            return Response(status: status, headers: headers, body: .init(shown, whileHolding: answer.held))
        case .pieces(let first, let rest):
            return Response(
                status: status, headers: headers,
                body: .init { [reached] writer in
                    try await self.relay(reached, first, rest, to: &writer)
                    try await writer.finish(nil)
                })
        }
    }

    /// Begins the response before an answer has begun, so that the client does not give up. The request is tried on all
    /// the same: comments are no answer.
    private func streamWithPings(_ reaching: Awaited<Reached>) -> Response {
        Response(
            status: .ok, headers: Self.eventStream(requestID, call.form),
            body: .init { writer in
                do {
                    var reached: Reached?
                    while reached == nil {
                        try await writer.write(ByteBuffer(string: ": waiting for the model\n\n"))
                        reached = try await reaching.value(within: self.secondsToPing)
                    }
                    if let reached {
                        try await writer.write(reached.comment)
                        try await self.relayLate(reached, to: &writer)
                    }
                } catch let error as APIError {
                    try await writer.write(error.event(in: self.call.form))
                }
                try await writer.finish(nil)
            })
    }

    /// The engine's head, less what concerns only its own connection.
    private func writeHead(of answer: EngineAnswer, to headers: inout HTTPFields) -> HTTPResponse.Status {
        if let type = answer.head.headers.first(name: "content-type") {
            headers.append(HTTPField(name: .contentType, value: type))
        }
        if answer.isError, let seconds = answer.head.retryAfterSeconds(at: coordinator.time.date) {
            headers.append(HTTPField(name: .retryAfter, value: String(Int(seconds.rounded(.up)))))
        }
        headers.appendRequestID(requestID, call.form)
        if state.withLock({ $0.isHedged }) { headers.append(HTTPField(name: .hedged, value: "true")) }
        if answer.isEventStream {
            headers.append(HTTPField(name: .cacheControl, value: "no-cache"))
            headers.append(HTTPField(name: .accelBuffering, value: "no"))
        }
        return HTTPResponse.Status(code: Int(answer.status.code), reasonPhrase: answer.status.reasonPhrase)
    }

    private static func eventStream(_ id: String, _ form: APIForm) -> HTTPFields {
        var headers: HTTPFields = [
            .contentType: "text/event-stream", .cacheControl: "no-cache", .accelBuffering: "no",
        ]
        headers.appendRequestID(id, form)
        return headers
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
