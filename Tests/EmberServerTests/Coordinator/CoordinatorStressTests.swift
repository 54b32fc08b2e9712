import EmberCore
import Synchronization
import Testing

@testable import EmberServer

/// Many requests at once, with random fates, before an upstream that costs money.
@Suite struct CoordinatorStressTests {
    @Test(arguments: 1...3)
    func everyRequestEndsExactlyOnce(_ seed: UInt64) async throws {
        var target = CloudTarget.at("http://127.0.0.1:1/v1")
        // A token is worth a unit, and an answer has ten at most.
        target.prices = TokenPrices(input: 0, output: 1e6, maxTokens: 10)
        var budgets = CloudBudgets()
        budgets.limit(nil, day: Self.budget, month: nil)
        // In memory, and dearer than the upstream: its requests are offloaded, and hedged where it is free.
        var hedged = edgeModel("e", bytes: 10, parallel: 1000, cloud: target, isPreloaded: true, isPinned: true)
        hedged.spec.costs = CostRates(cloudPerRequest: 0, wrongAnswer: 10)
        hedged.spec.accuracy = .constant(0)
        let station = try Station(
            [
                hedged,
                edgeModel("a", bytes: 40, parallel: 4), edgeModel("b", bytes: 40, parallel: 4),
                edgeModel("c", bytes: 40, parallel: 4, cloud: target), cloudModel("d", target),
            ], budgets: budgets
        ) {
            $0.weights = CostWeights()
            $0.queue.limit = 10_000
            $0.queue.limitPerInstance = 200
            $0.queue.patienceSeconds = 0.05
        }
        await station.coordinator.preload()
        #expect(await station.becomes(.loaded, "e"))
        let charged = Charged()
        // One after the other, while it is free: in the crowd no slot may be.
        for number in 0..<Self.calmClients {
            var client = Client(station: station, charged: charged, lots: SeededGenerator(seed: seed &+ UInt64(number)))
            await client.run("e")
        }
        #expect(charged.hedges.load(ordering: .relaxed) > 0)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<Self.clients {
                let lots = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(number))
                group.addTask {
                    var client = Client(station: station, charged: charged, lots: lots)
                    await client.run()
                    #expect(await station.coordinator.state().cloud?.spentToday ?? 0 <= Self.budget)
                }
            }
            group.addTask { await Self.killSomeEngines(of: station, seed: seed) }
        }
        #expect(await eventually { await station.isIdle() })
        let hedges = charged.hedges.load(ordering: .relaxed)
        let cloud = try #require(await station.coordinator.state().cloud)
        // Some requests found no money and no edge, and ended before the planner received them; some hedges
        // found no slot.
        #expect(
            station.audit.arrivals + charged.refused.load(ordering: .relaxed) >= Self.calmClients + Self.clients
                + hedges)
        #expect(station.audit.endings == station.audit.arrivals)
        #expect(station.audit.violations == [])
        #expect(cloud.setAside == 0, "what was not spent is there again")
        #expect(cloud.spentToday >= Double(charged.tokens.load(ordering: .relaxed)))
        #expect(charged.refused.load(ordering: .relaxed) > 0)
    }

    private static let calmClients = 20
    private static let clients = 1000
    private static let budget = 600.0

    private static func killSomeEngines(of station: Station, seed: UInt64) async {
        var lots = SeededGenerator(seed: seed)
        for _ in 0..<3 {
            try? await Task.sleep(for: .milliseconds(20))
            station.starter.engines.filter { !$0.hasEnded }.randomElement(using: &lots)?.die()
        }
    }
}

/// What clients have seen of the upstream, all together.
private final class Charged: Sendable {
    /// Of answers that said their usage.
    let tokens = Atomic(0)
    /// Requests that the budget kept from the upstream, without an edge.
    let refused = Atomic(0)
    /// Begun at the edge too.
    let hedges = Atomic(0)
}

/// A client that asks once and then finishes, fails, retries, gives up or is cancelled, as its lots say.
private struct Client {
    let station: Station
    let charged: Charged
    var lots: SeededGenerator

    mutating func run(_ wanted: String? = nil) async {
        let model = wanted ?? ["a", "b", "c", "d", "e"].randomElement(using: &lots)!
        let admission = await station.admit(model)
        let ticket = admission.ticket
        switch admission.outcome {
        case .refused(let refusal):
            if case .cloud(.budgetSpent) = refusal.reason { charged.refused.add(1, ordering: .relaxed) }
        case let outcome?: await end(ticket, outcome)
        case nil: await wait(ticket)
        }
        // Whatever came before: a second end must change nothing.
        await station.coordinator.cancel(ticket)
        await station.coordinator.finish(ticket, tokens: 1)
    }

    private mutating func wait(_ ticket: Ticket) async {
        let coordinator = station.coordinator
        switch Int.random(in: 0..<6, using: &lots) {
        case 0: await coordinator.cancel(ticket)
        case 1:
            let waiting = Task { await coordinator.outcome(of: ticket) }
            await pause()
            waiting.cancel()
            await end(ticket, await waiting.value)
        case 2:
            var outcome = await coordinator.outcome(of: ticket, within: 0.001)
            while outcome == nil { outcome = await coordinator.outcome(of: ticket, within: 0.005) }
            await end(ticket, outcome!)
        default: await end(ticket, await coordinator.outcome(of: ticket))
        }
    }

    private mutating func end(_ ticket: Ticket, _ outcome: Outcome) async {
        await pause()
        if case .refused = outcome { return }
        let isCloud = if case .cloud = outcome { true } else { false }
        if isCloud, Bool.random(using: &lots), let hedge = await station.coordinator.hedge(ticket) {
            return await race(ticket, hedge.ticket)
        }
        switch Int.random(in: 0..<8, using: &lots) {
        case 0: await station.coordinator.cancel(ticket)
        case 1: await station.coordinator.fail(ticket, retryable: false)
        case 2:
            await station.coordinator.fail(ticket, retryable: true)
            await end(ticket, await station.coordinator.outcome(of: ticket))
        default: await answer(ticket, isCloud)
        }
    }

    private mutating func answer(_ ticket: Ticket, _ isCloud: Bool) async {
        let tokens = Int.random(in: 0...10, using: &lots)
        if isCloud { charged.tokens.add(tokens, ordering: .relaxed) }
        await station.coordinator.finish(ticket, tokens: tokens, usage: (0, tokens))
    }

    private mutating func race(_ ticket: Ticket, _ hedge: Ticket) async {
        charged.hedges.add(1, ordering: .relaxed)
        await pause()
        if Bool.random(using: &lots) {
            await station.coordinator.endRace(losing: hedge, to: ticket)
            await answer(ticket, true)
        } else {
            await station.coordinator.endRace(losing: ticket, to: hedge)
            await answer(hedge, false)
        }
    }

    private mutating func pause() async {
        for _ in 0..<Int.random(in: 0..<4, using: &lots) { await Task.yield() }
        if Int.random(in: 0..<4, using: &lots) == 0 { try? await Task.sleep(for: .milliseconds(1)) }
    }
}
