import EmberCore
import HTTPTypes
import NIOCore

// From the admission to the beginning of an answer.
extension Exchange {
    /// An answer of which the client has seen nothing yet, with what Ember says of it.
    struct Reached: Sendable {
        var answer: EngineAnswer
        private(set) var headers: HTTPFields
        /// Where it comes from at the edge; nil: an upstream.
        var route: EdgeRoute?

        /// What the headers would say, for a stream whose head has been sent already.
        var comment: ByteBuffer {
            ByteBuffer(string: ": served by \(headers[.servedBy] ?? "edge"), model \(headers[.servedModel] ?? "")\n\n")
        }

        /// Gives the headers away, which are then not copied.
        mutating func takeHeaders() -> HTTPFields {
            defer { headers = HTTPFields() }
            return headers
        }

        /// The same error as one of the request.
        var blamingRequest: Reached {
            var reached = self
            reached.answer.blameRequest()
            return reached
        }
    }

    /// Sends the request to where it is to run, again and elsewhere if the planner says so, until an answer begins.
    ///
    /// - Parameter outcome: nil while it is not decided where it runs.
    nonisolated(nonsending) func reach(_ first: Outcome?) async throws -> Reached {
        var tries = Tries()
        var outcome = first
        while true {
            let next: Outcome
            if let outcome { next = outcome } else { next = await bound.outcome(of: ticket, call, coordinator, client) }
            switch next {
            case .refused(let refusal): return try tries.answer(refusal)
            case .edge(let route): if let reached = try await attempt(route, &tries) { return reached }
            case .cloud(let target, let reason):
                if let reached = try await attempt(target, reason, &tries) { return reached }
            }
            outcome = nil
        }
    }

    /// What earlier tries of a request have come to.
    private struct Tries {
        /// What the last upstream that has failed it has said.
        var failure: Result<Reached, APIError>?
        /// An upstream's error that may be the request's own fault. It has one more try, and no other.
        var suspect: Reached?

        /// Another upstream's failure says more than that one upstream has no such model.
        mutating func note(_ reached: Reached) {
            guard failure == nil || reached.answer.fault != .place else { return }
            failure = .success(reached)
        }

        func answer(_ refusal: Refusal) throws -> Reached {
            if case .rejected = refusal.reason, let suspect { return suspect.blamingRequest }
            // The last upstream's own error says more.
            if refusal.isCloudFailure, let failure { return try failure.get() }
            throw APIError(refusal)
        }
    }

    /// - Returns: nil where the engine has failed, and the coordinator decides what follows.
    nonisolated(nonsending) private func attempt(_ route: EdgeRoute, _ tries: inout Tries) async throws -> Reached? {
        do {
            let reached = try await ask(route)
            if !reached.answer.isError { await blame(tries.suspect) }
            return reached
        } catch let refusal as SlotRefusal where refusal != .ending {
            try Task.checkCancellation()
            throw await end(refusal, on: route.model)
        } catch let problem as LackingAdapter {
            try Task.checkCancellation()
            throw await end(problem, on: route.model)
        } catch {
            try Task.checkCancellation()
            await context?.giveUp()
            let isEnding = coordinator.drain.isEnding
            if !isEnding { await noteFailure(error, ticket, on: route) }
            if let suspect = tries.suspect, !isEnding { return suspect.blamingRequest }
            await coordinator.fail(ticket, retryable: true)
            return nil
        }
    }

    /// - Returns: nil where the upstream has failed, and the coordinator decides what follows.
    private func attempt(
        _ target: CloudTarget, _ reason: OffloadReason, _ tries: inout Tries
    ) async throws -> Reached? {
        do {
            let reached = try await askWithHedge(target, reason)
            switch reached.answer.fault {
            case nil:
                if !reached.answer.isError { await blame(tries.suspect) }
                return reached
            case .request: return reached
            case .unclear:
                // A hedge was a try, too.
                let hasBeenHedged = state.withLock { $0.isHedged }
                if tries.suspect == nil, !hasBeenHedged,
                    await coordinator.within({ [ticket] in $0.upstreams.tryOnceMore(ticket, for: $0) })
                {
                    tries.suspect = reached
                    return nil
                }
                if let blamed = await judge(reached, tries) { return blamed }
            case .server, .place: if let suspect = tries.suspect { return suspect.blamingRequest }
            }
            tries.note(reached)
            await coordinator.fail(ticket, retryable: true, isBilled: false)
        } catch {
            try Task.checkCancellation()
            let isBilled = target.mayBill(error)
            if let suspect = tries.suspect, !coordinator.drain.isEnding {
                await coordinator.fail(ticket, retryable: false, isBilled: isBilled)
                return suspect.blamingRequest
            }
            tries.failure = .failure(.unsent(to: target, error) ?? .noAnswer(of: target, error))
            await coordinator.fail(ticket, retryable: true, isBilled: isBilled)
        }
        return nil
    }

    /// Decides who is at fault where one more place had the request, or there is none: the request, as long as the
    /// upstream is trusted.
    ///
    /// - Returns: nil where the upstream is.
    private func judge(_ reached: Reached, _ tries: Tries) async -> Reached? {
        let suspicion = await suspicion
        if let earlier = tries.suspect?.answer.target { _ = await suspect(earlier, suspicion) }
        if let target = reached.answer.target, await suspect(target, suspicion), tries.suspect == nil { return nil }
        return reached.blamingRequest
    }

    /// - Returns: whether the upstream is to be blamed.
    func suspect(_ target: CloudTarget, _ suspicion: Suspicion.Case) async -> Bool {
        await coordinator.within { $0.upstreams.suspect(target, suspicion, at: $0.now) }
    }

    /// Records how an upstream has answered: nil for a success.
    func record(_ target: CloudTarget, _ failure: Breaker.Failure?, _ why: String? = nil) async {
        await coordinator.within { $0.upstreams.record(target, failure, why, at: $0.now) }
    }

    /// Another place has served the request that this upstream has failed: the fault was the upstream's own.
    private func blame(_ suspect: Reached?) async {
        guard let target = suspect?.answer.target else { return }
        await record(target, .broken, "an error that another place did not have")
    }

    /// An engine has not answered, or not to the end: waits for the news of its death, if it has died, and has it
    /// remembered what the engine ran.
    ///
    /// - Parameter wasAnswering: the answer had begun to come.
    func noteFailure(
        _ error: any Error, _ ticket: Ticket, on route: EdgeRoute, wasAnswering: Bool = false
    ) async {
        guard !(error is FatalRequest),
            let exit = await coordinator.within({ await $0.engines.confirm(route, for: $0) }),
            exit.mayBlameRequest(wasAnswering: wasAnswering)
        else { return }
        await coordinator.noteDeath(of: ticket, await call.fingerprint, on: route)
    }

    /// - Parameter ticket: of the place that is asked.
    nonisolated(nonsending) private func refuseFatal(_ ticket: Ticket, on route: EdgeRoute) async throws {
        guard !coordinator.fatal.isEmpty else { return }
        if await coordinator.isFatal(ticket, await call.fingerprint, on: route) { throw FatalRequest() }
    }

    /// With those that follow on a reply's way, so that a list of them is made once.
    private static let mostHeaders = 12

    nonisolated(nonsending) func ask(_ route: EdgeRoute, as asking: Ticket? = nil) async throws -> Reached {
        try await refuseFatal(asking ?? ticket, on: route)
        state.withLock { $0.route = route }
        if route.lacksAdapter { throw LackingAdapter() }
        let served = coordinator.deployment[route.model]
        let name = served.name
        if bound.isWorthCounting {
            await bound.count(call, asking ?? ticket, by: route.engine, of: route.model, coordinator, client)
        }
        let begun = try await context?.begin(on: route)
        var headers = HTTPFields()
        headers.reserveCapacity(Self.mostHeaders)
        headers.append(HTTPField(name: .servedBy, value: "edge"))
        headers.append(HTTPField(name: .servedModel, value: name))
        headers.append(HTTPField(name: .edgeReason, value: route.reason.rawValue))
        if let count = begun?.demonstrations {
            headers.append(HTTPField(name: .demonstrations, value: String(count)))
        }
        if route.model != ticket.model {
            headers.append(HTTPField(name: .standInFor, value: coordinator.deployment[ticket.model].name))
        }
        var edits = (begun?.edits ?? []) + call.edits(applying: route.adapter)
        edits += call.atEdge.edits(bounding: served.abilities.pool)
        if served.edits.forbidsReuse { edits += call.editsAgainstReuse }
        var answer = try await client.send(call, edits, to: route, name: name, claim: begun?.claim)
        let echo = ModelEcho(call.askedModel, from: route.adapter == nil ? name : nil)
        if answer.translation == nil { answer.echo = echo } else { answer.translation?.echo = echo }
        let reached = Reached(answer: answer, headers: headers, route: route)
        switch answer.fault {
        // An engine that lives on has failed this request alone.
        case .unclear, .request:
            guard await coordinator.within({ $0.engines.isResident(route) }) else { throw BrokenAnswer.cut }
            return reached.blamingRequest
        case .server, .place, nil: return reached
        }
    }

    func ask(_ target: CloudTarget, _ reason: OffloadReason) async throws -> Reached {
        if target.prices != nil { try await coordinator.within { try await $0.upstreams.spendingIsKept(for: $0) } }
        var answer: EngineAnswer
        do { answer = try await client.upstreams.send(call, to: target) } catch {
            // One that waits no longer has learnt nothing of the upstream.
            if !Task.isCancelled, !coordinator.drain.isEnding,
                let failure = (error as? OddAnswer).map(\.failure) ?? .broken
            {
                await record(target, failure, target.summary(error))
            }
            throw error
        }
        answer.echo = ModelEcho(call.askedModel, from: target.model)
        // That it is well is known at its end.
        if case .server(let failure)? = answer.fault {
            await record(target, failure, "status \(answer.status.code)")
        }
        let headers: HTTPFields = [
            .servedBy: "cloud:\(target.upstream.name)", .servedModel: coordinator.deployment[ticket.model].name,
            .offloadReason: reason.name,
        ]
        let reached = Reached(answer: answer, headers: headers)
        return answer.fault == .request ? reached.blamingRequest : reached
    }
}

/// Engines have died of the request: the one that it was given to has not been asked.
private struct FatalRequest: Error {}
