import Hummingbird
import NIOCore
import NIOHTTP1

// From the beginning of an answer to its end.
extension Exchange {
    /// Ends the exchange with an answer that is there as a whole.
    ///
    /// - Returns: what the client is to see of it, and the tokens of its prompt that the engine did not compute again.
    nonisolated(nonsending) func finish(
        _ answer: EngineAnswer, _ body: ByteBuffer
    ) async throws -> (shown: ByteBuffer, reused: Int?) {
        var usage = UsageScanner()
        usage.read(body)
        if answer.status == .ok { context?.read(body, call.asked(of: answer).format) }
        var shown: ByteBuffer?
        if !answer.isError {
            do { shown = try await answer.translation?.whole(body) ?? answer.echo?.written(into: body) } catch {
                await fail(answer, .request)
                throw error
            }
        }
        let slot = await finish(answer, usage)
        guard answer.isError, let error = answer.error(in: body) else { return (shown ?? body, slot?.reusedTokens) }
        let text = self.shown(error, of: answer).json(in: call.form, status: Int(answer.status.code))
        return (ByteBuffer(bytes: text), nil)
    }

    /// An error of the answer as the client sees it.
    private func shown(_ error: ErrorObject, of answer: EngineAnswer) -> ErrorObject {
        var error = error
        if answer.fault == .request { error.blameRequest() }
        return error.tellingExcess(call.kind)
    }

    /// Passes on an answer whose head has been sent already.
    func relayLate(_ reached: Reached, to writer: inout any ResponseBodyWriter) async throws {
        let answer = reached.answer
        switch answer.content {
        case .pieces(let first, let rest) where answer.isEventStream:
            try await relay(reached, first, rest, to: &writer)
        case .whole(let body) where answer.isError:
            await finish(answer, UsageScanner())
            let error = answer.error(in: body) ?? ErrorObject(text: body, answer.status)
            try await writer.write(
                shown(error, of: answer).event(in: call.form, status: Int(answer.status.code), after: nil))
        case .whole, .pieces:
            await fail(answer, .request)
            throw APIError.noStream
        }
    }

    /// Passes the answer on piece by piece as it comes. A client may go on with its conversation at the last event: it
    /// is passed on once the request has given back its slot.
    func relay(
        _ reached: Reached, _ first: ByteBuffer?, _ rest: any AnswerBody, to writer: inout any ResponseBodyWriter
    ) async throws {
        let answer = reached.answer
        var outgoing = OutgoingAnswer(answer)
        let begun = outgoing.isStream ? coordinator.time.now : nil
        let hasSlot = reached.route.map { coordinator.deployment[$0.model].slots != nil } == true
        let form = hasSlot && outgoing.isStream ? call.asked(of: answer).form : .other
        var last = ByteBuffer()
        var piece = first
        while let current = piece {
            if outgoing.isStream { context?.read(current, call.asked(of: answer).format) }
            if last.readableBytes > 0 {
                try await writer.write(last)
                last.clear()
            }
            let passed = outgoing.passOn(current)
            if form.endsStream(passed) {
                last = passed
            } else if passed.readableBytes > 0 {
                try await writer.write(passed)
            }
            if let error = outgoing.error {
                await fail(answer, AnswerFault(error))
                return try await writer.write(
                    shown(error, of: answer).event(
                        in: call.form, status: error.status, after: outgoing.usage.lastSequence))
            }
            do { piece = try await rest.next() } catch {
                if Task.isCancelled { throw error }
                if last.readableBytes > 0 { try await writer.write(last) }
                return try await breakOff(reached, error, outgoing.usage, to: &writer)
            }
        }
        guard await isWhole(reached, outgoing) else {
            return try await breakOff(reached, BrokenAnswer.cut, outgoing.usage, to: &writer)
        }
        last.writeImmutableBuffer(outgoing.end())
        await finish(answer, outgoing.usage, firstToken: begun)
        if last.readableBytes > 0 { try await writer.write(last) }
    }

    /// Whether an answer that has ended without a broken connection has come to its own end: its API's last event, or
    /// the end of its JSON. Where only the end of the connection shows it, its engine must still live.
    private func isWhole(_ reached: Reached, _ outgoing: OutgoingAnswer) async -> Bool {
        guard outgoing.isStream else { return outgoing.isWholeJSON || reached.answer.marksEnd }
        guard outgoing.isBetweenEvents else { return false }
        let form = call.asked(of: reached.answer).form
        switch form.end(of: outgoing.usage.lastBytes) {
        case .lastEvent: return true
        case nil where form != .other: return false
        case .finishReason, nil:
            guard !reached.answer.marksEnd, let route = reached.route else { return true }
            return await coordinator.within { await $0.engines.confirm(route, for: $0) } == nil
        }
    }

    /// Ends an answer in the middle.
    private func breakOff(
        _ reached: Reached, _ error: any Error, _ usage: UsageScanner, to writer: inout any ResponseBodyWriter
    ) async throws {
        let isEnding = coordinator.drain.isEnding
        if let route = reached.route, !isEnding {
            await noteFailure(error, ticket, on: route, wasAnswering: true)
        }
        await fail(
            reached.answer, isEnding ? .request : .server(.broken), reached.answer.target?.summary(error))
        // Without a mark in the stream, the only honest end is a broken connection.
        guard reached.answer.isEventStream else { throw error }
        if isEnding {
            return try await writer.write(
                APIError(Refusal.shuttingDown).event(in: call.form, after: usage.lastSequence))
        }
        let problem = reached.answer.target.map { APIError.noAnswer(of: $0, error) } ?? .brokenStream
        try await writer.write(problem.event(in: call.form, after: usage.lastSequence))
    }
}

extension EngineAnswer {
    /// The error in it. Any other text of an upstream, such as a proxy's page, becomes an error's message; nil: an
    /// engine's text is none.
    fileprivate func error(in body: ByteBuffer) -> ErrorObject? {
        if let error = ErrorObject(told: body.readableBytesView) { return error }
        guard let target else { return nil }
        let kind = head.coding ?? head.headers.first(name: "content-type") ?? "no content-type"
        let text = String(decoding: body.readableBytesView.prefix(1000), as: UTF8.self)
        return ErrorObject(
            message:
                "Upstream '\(target.upstream.name)' answered with status \(status.code) and no error that "
                + "Ember can read (\(OddAnswer.line(kind))): \(OddAnswer.line(text))",
            type: nil, param: nil, code: "upstream_failed")
    }
}

extension ErrorObject {
    /// Of an answer that is no JSON, such as a proxy's page.
    fileprivate init(text: ByteBuffer, _ status: HTTPResponseStatus) {
        let text = String(decoding: text.readableBytesView.prefix(1000), as: UTF8.self)
        self.init(message: "status \(status.code): \(text)", type: nil, param: nil, code: nil)
    }
}

extension APIError {
    static let brokenStream = APIError.badGateway(
        "The engine ended in the middle of its answer.", code: "engine_failed")

    static func noAnswer(of target: CloudTarget, _ error: any Error) -> APIError {
        var problem = APIError.badGateway(
            "Upstream '\(target.upstream.name)' did not answer, or not to the end: \(target.words(error)).",
            code: "upstream_failed")
        if let odd = error as? OddAnswer, !odd.isWorthAnotherTry { problem.retryAfterSeconds = nil }
        return problem
    }

    /// A stream was asked of an engine, and another answer came.
    static let noStream = APIError(
        status: .badGateway,
        message: "The engine has answered a request for a stream with none; ask without \"stream\".",
        type: "server_error", code: "engine_failed")
}

extension CloudTarget {
    /// Why it has not answered, as the end of a sentence.
    func words(_ error: any Error) -> String {
        (error as? OddAnswer)?.description ?? ConnectionFailure(error, upstream).description
    }

    /// The same for all who see the server's state: without what the answer itself says.
    func summary(_ error: any Error) -> String {
        (error as? OddAnswer)?.what ?? ConnectionFailure(error, upstream).description
    }
}
