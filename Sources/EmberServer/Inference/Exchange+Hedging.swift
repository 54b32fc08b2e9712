import EmberCore
import Synchronization

// Hedging: an upstream that is slow to answer races against the edge.
extension Exchange {
    /// One of the two has come to an end; a failure is the upstream's.
    private enum Arrival: Sendable {
        case cloud(Reached)
        /// nil: the edge was not asked, or had no good answer.
        case edge(Reached?)
    }

    private enum Finish: Sendable {
        /// The upstream has the word, be it good or bad.
        case cloud(Result<Reached, any Error>)
        /// - Parameter isBilled: whether the upstream may charge for what it has not said.
        case edge(Reached, isBilled: Bool)
    }

    /// What the upstream says; or the edge, if the upstream is slow or fails, and the edge succeeds first.
    ///
    /// - Throws: why the upstream has not answered, if the edge has no good answer either.
    func askWithHedge(_ target: CloudTarget, _ reason: OffloadReason) async throws -> Reached {
        // Before a hedge may begin there.
        await context?.leaveEdge()
        // One hedge is enough: what the edge has failed once, it is not asked again while another upstream is.
        guard let seconds = target.hedgeSeconds, coordinator.deployment[ticket.model].engine != nil,
            !state.withLock({ $0.isHedged })
        else { return try await ask(target, reason) }
        let finish = await race(target, reason, hedgeAfter: seconds)
        // The client has gone: both are ended with the exchange.
        try Task.checkCancellation()
        switch finish {
        case .cloud(let result):
            await dropHedge()
            return try result.get()
        case .edge(let reached, let isBilled):
            await leaveUpstream(isBilled: isBilled)
            return reached
        }
    }

    /// Lets them run until one has won; when this returns, the other has stopped as well.
    private func race(_ target: CloudTarget, _ reason: OffloadReason, hedgeAfter seconds: Double) async -> Finish {
        await withThrowingTaskGroup(of: Arrival.self, returning: Finish.self) { group in
            group.addTask { .cloud(try await self.ask(target, reason)) }
            group.addTask { .edge(await self.hedge(after: seconds)) }
            defer { group.cancelAll() }
            var failure: Result<Reached, any Error>?
            // It is not known what a broken answer costs; an error costs nothing.
            var isBilled = true
            while let arrival = await group.nextResult() {
                switch arrival {
                case .success(.edge(let reached?)):
                    // The edge has served the request, so the failure was not the request's fault.
                    if case .success(let lost)? = failure, lost.answer.fault == .unclear {
                        await record(target, .broken, "an error that the edge did not have")
                    }
                    return .edge(reached, isBilled: isBilled)
                case .success(.edge(nil)): break
                case .success(.cloud(let reached)):
                    guard reached.answer.fault?.mayBeServers == true else { return .cloud(.success(reached)) }
                    failure = .success(reached)
                    isBilled = false
                case .failure(let error):
                    failure = .failure(error)
                    isBilled = target.mayBill(error)
                }
                // Without a hedge that runs, there is nothing to wait for.
                if let failure, !state.withLock({ $0.isRacing }) { return .cloud(failure) }
            }
            return .cloud(.failure(CancellationError()))
        }
    }

    /// Begins the request at the edge once the upstream has been silent for `seconds`.
    ///
    /// - Returns: the edge's answer; nil where it was not asked or has failed; the failure is then recorded.
    private func hedge(after seconds: Double) async -> Reached? {
        do { try await coordinator.time.sleep(for: .seconds(seconds)) } catch { return nil }
        guard let hedge = await coordinator.hedge(ticket, tokens: bound.tokens) else { return nil }
        state.withLock { $0.beginRace(hedge.ticket) }
        do {
            let reached = try await ask(hedge.route, as: hedge.ticket)
            // An error, too, leaves the word to the upstream: it may know better, as of prompts that are too long here.
            if !reached.answer.isError { return reached }
            // What has ended the race ends the hedge as well.
            guard !Task.isCancelled else { return nil }
            await context?.leaveEdge()
        } catch {
            guard !Task.isCancelled else { return nil }
            await context?.leaveEdge()
            await noteFailure(error, hedge.ticket, on: hedge.route)
        }
        if let ticket = state.withLock({ $0.endRace() }) { await coordinator.fail(ticket, retryable: false) }
        return nil
    }

    /// The upstream has the word: the edge stops, if it has begun.
    private func dropHedge() async {
        guard let hedge = state.withLock({ $0.endRace() }) else { return }
        // First, so that the next request finds its slot free.
        await context?.leaveEdge()
        await coordinator.endRace(losing: hedge, to: ticket)
    }

    /// The edge has won: from now on the request is the one that runs there.
    private func leaveUpstream(isBilled: Bool) async {
        let lost = state.withLock { $0.winRace() }
        await coordinator.endRace(losing: lost, to: ticket, isBilled: isBilled)
    }
}
