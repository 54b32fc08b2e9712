import EmberCore
import Testing

@testable import EmberServer

/// Many requests at once, with random fates.
@Suite struct CoordinatorStressTests {
    @Test(arguments: 1...3)
    func everyRequestEndsExactlyOnce(_ seed: UInt64) async throws {
        let target = CloudTarget.at("http://127.0.0.1:1/v1")
        let station = try Station(
            [
                edgeModel("a", bytes: 40, parallel: 4), edgeModel("b", bytes: 40, parallel: 4),
                edgeModel("c", bytes: 40, parallel: 4, cloud: target), cloudModel("d", target),
            ]
        ) {
            $0.queueLimit = 10_000
            $0.queueLimitPerInstance = 200
            $0.patienceSeconds = 0.05
        }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<1000 {
                let lots = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(number))
                group.addTask {
                    var client = Client(station: station, lots: lots)
                    await client.run()
                }
            }
            group.addTask { await Self.killSomeEngines(of: station, seed: seed) }
        }
        #expect(await eventually { await station.isIdle() })
        #expect(station.audit.arrivals == 1000)
        #expect(station.audit.endings == 1000)
        #expect(station.audit.violations == [])
    }

    private static func killSomeEngines(of station: Station, seed: UInt64) async {
        var lots = SeededGenerator(seed: seed)
        for _ in 0..<3 {
            try? await Task.sleep(for: .milliseconds(20))
            station.starter.engines.filter { !$0.hasEnded }.randomElement(using: &lots)?.die()
        }
    }
}

/// A client that asks once and then finishes, fails, retries, gives up or is cancelled, as its lots say.
private struct Client {
    let station: Station
    var lots: SeededGenerator

    mutating func run() async {
        let model = ["a", "b", "c", "d"].randomElement(using: &lots)!
        let admission = await station.admit(model)
        let ticket = admission.ticket
        switch admission.outcome {
        case .refused: break
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
        switch Int.random(in: 0..<8, using: &lots) {
        case 0: await station.coordinator.cancel(ticket)
        case 1: await station.coordinator.fail(ticket, retryable: false)
        case 2:
            await station.coordinator.fail(ticket, retryable: true)
            await end(ticket, await station.coordinator.outcome(of: ticket))
        default: await station.coordinator.finish(ticket, tokens: 10)
        }
    }

    private mutating func pause() async {
        for _ in 0..<Int.random(in: 0..<4, using: &lots) { await Task.yield() }
        if Int.random(in: 0..<4, using: &lots) == 0 { try? await Task.sleep(for: .milliseconds(1)) }
    }
}
