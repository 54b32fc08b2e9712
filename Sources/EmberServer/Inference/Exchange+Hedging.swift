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

    /// What the upstream says; or the edge, if the upstream is slow or fails, and the edge answers well first.
    ///
    /// - Throws: why the upstream has not answered, if the edge has no good answer either.
    func askWithHedge(_ target: CloudTarget, _ reason: OffloadReason) async throws -> Reached {
        // Before a hedge may begin there.
        await context?.leaveEdge()
        // One hedge is enough: what the edge has failed once, it is not asked again while another upstream is.
        guard let seconds = target.hedgeSeconds, coordinator.deployment[ticket.model].engine != nil,
            !tickets.withLock({ $0.isHedged })
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
            // Nobody knows what a broken answer costs; an error costs nothing.
            var isBilled = true
            while let arrival = await group.nextResult() {
                switch arrival {
                case .success(.edge(let reached?)):
                    // What the edge answers well was no fault of the request.
                    if case .success(let lost)? = failure, lost.answer.fault == .unclear {
                        await coordinator.note(target, .broken, "an error that the edge did not have")
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
                if let failure, !tickets.withLock({ $0.isHedgeRunning }) { return .cloud(failure) }
            }
            return .cloud(.failure(CancellationError()))
        }
    }

    /// Begins the request at the edge once the upstream has been silent for so long.
    ///
    /// - Returns: the edge's answer; nil where it was not asked or has failed, which has been told then.
    private func hedge(after seconds: Double) async -> Reached? {
        do { try await Task.sleep(for: .seconds(seconds)) } catch { return nil }
        guard let hedge = await coordinator.hedge(ticket) else { return nil }
        tickets.withLock { $0.begin(hedge.ticket) }
        do {
            let reached = try await ask(hedge.route, as: hedge.ticket)
            // An error, too, leaves the word to the upstream: it may know better, as of prompts that are too long here.
            if !reached.answer.isError { return reached }
            // Whoever has ended the race ends the hedge as well.
            guard !Task.isCancelled else { return nil }
            await context?.leaveEdge()
        } catch {
            guard !Task.isCancelled else { return nil }
            await context?.leaveEdge()
            await noteFailure(error, hedge.ticket, on: hedge.route)
        }
        if let ticket = tickets.withLock({ $0.takeHedge() }) { await coordinator.fail(ticket, retryable: false) }
        return nil
    }

    /// The upstream has the word: the edge stops, if it has begun.
    private func dropHedge() async {
        guard let hedge = tickets.withLock({ $0.takeHedge() }) else { return }
        // First, so that whoever takes its place finds its slot free.
        await context?.leaveEdge()
        await coordinator.endRace(losing: hedge, to: ticket)
    }

    /// The edge has won: from now on the request is the one that runs there.
    private func leaveUpstream(isBilled: Bool) async {
        let lost = ticket
        tickets.withLock { $0.hedgeHasWon() }
        await coordinator.endRace(losing: lost, to: ticket, isBilled: isBilled)
    }
}

/// By which tickets the coordinator knows one request: more than one while an upstream and the edge race for it.
struct RequestTickets: Sendable {
    /// Of the place that is to answer.
    private(set) var own: Ticket
    /// Of the edge, while it races.
    private var hedge: Ticket?
    /// The engine that was asked last.
    var route: EdgeRoute?
    /// Whether it was ever begun at the edge beside an upstream.
    private(set) var isHedged = false

    init(_ own: Ticket) { self.own = own }

    /// Those that are to be ended.
    var live: [Ticket] { [own] + (hedge.map { [$0] } ?? []) }

    var isHedgeRunning: Bool { hedge != nil }

    mutating func begin(_ hedge: Ticket) {
        self.hedge = hedge
        isHedged = true
    }

    /// The hedge ends, and whoever takes its ticket sees to that.
    mutating func takeHedge() -> Ticket? {
        defer { hedge = nil }
        return hedge
    }

    mutating func hedgeHasWon() { own = takeHedge() ?? own }
}
