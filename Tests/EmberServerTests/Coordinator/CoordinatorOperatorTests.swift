import EmberCore
import Testing

@testable import EmberServer

/// What the operator's calls answer is what happens, and the last call holds.
@Suite struct CoordinatorOperatorTests {
    private func status(_ result: Result<ModelChange, Refusal>) -> String {
        switch result {
        case .success(let change): "\(change.status)\(change.isDone ? "" : "…")"
        case .failure(let refusal): APIError(refusal).code ?? "?"
        }
    }

    @Test func aLoadWhileItIsLoadedOrLoading() async throws {
        let station = try Station([edgeModel("m")])
        let gate = station.starter.holdNextStart(of: "m")
        for _ in 0..<2 { #expect(status(await station.coordinator.load(station.id("m"))) == "loading…") }
        gate.open()
        #expect(await station.becomes(.loaded, "m"))
        #expect(status(await station.coordinator.load(station.id("m"))) == "loaded")
        #expect(station.starter.attempts == ["m"])
    }

    @Test func aLoadWhileItLeaves() async throws {
        let station = try Station([edgeModel("m")])
        let gate = station.starter.holdStops(of: "m")
        let (ticket, _) = await station.run("m")
        await station.coordinator.finish(ticket, tokens: 0)
        #expect(status(.success(await station.coordinator.unload(station.id("m")))) == "unloading…")
        #expect(status(await station.coordinator.load(station.id("m"))) == "unloading…")
        gate.open()
        #expect(await station.becomes(.loaded, "m"))
        #expect(station.starter.attempts == ["m", "m"])
    }

    /// It is no model's engine any more, and its end is no event.
    @Test func anEngineThatLeavesIsNotTheModels() async throws {
        let station = try Station([edgeModel("m")])
        let gate = station.starter.holdStops(of: "m")
        let (ticket, outcome) = await station.run("m")
        await station.coordinator.finish(ticket, tokens: 0)
        let id = station.id("m")
        let idle = await station.coordinator.within { $0.engines.idleEngine(of: id, for: $0) }
        #expect(idle === outcome.engine)
        await station.coordinator.unload(id)
        let leaving = await station.coordinator.within { $0.engines.idleEngine(of: id, for: $0) }
        #expect(leaving == nil)
        gate.open()
        #expect(await station.becomes(.unloaded, "m"))
        #expect(station.audit.deaths == 0 && station.audit.violations == [])
    }

    @Test func aLoadWhileItDrains() async throws {
        let station = try Station([edgeModel("m")])
        let (ticket, outcome) = await station.run("m")
        let change = await station.coordinator.unload(station.id("m"))
        #expect(change.message.contains("running requests have ended (1)"))
        #expect(status(await station.coordinator.load(station.id("m"))) == "loaded")
        await station.coordinator.finish(ticket, tokens: 0)
        #expect(await station.view(of: "m").status == .loaded)
        #expect(outcome.engine?.stopCalls == 0)
    }

    @Test func anUnloadEndsALoad() async throws {
        let station = try Station([edgeModel("m")])
        _ = station.starter.holdNextStart(of: "m")
        let waiting = await station.admit("m")
        #expect(await eventually { station.starter.attempts == ["m"] })
        #expect(status(.success(await station.coordinator.unload(station.id("m")))) == "unloading…")
        #expect(await station.outcome(of: waiting.ticket).rejection == .unloaded)
        #expect(await station.becomes(.unloaded, "m"))
        #expect(station.starter.cancelledStarts == 1)
        let view = await station.view(of: "m")
        #expect(view.engine.failures == 0 && view.engine.failure == nil)
        #expect(await station.run("m").outcome.route != nil)
        #expect(station.audit.violations == [])
    }

    /// The engine that comes up just then is stopped.
    @Test func anUnloadEndsALoadThatIsJustDone() async throws {
        for _ in 0..<50 {
            let station = try Station([edgeModel("m")])
            await station.coordinator.load(station.id("m"))
            await Task.yield()
            await station.coordinator.unload(station.id("m"))
            #expect(await station.becomes(.unloaded, "m"))
            #expect(station.starter.engines.allSatisfy { $0.hasEnded })
            #expect(station.audit.violations == [])
        }
    }

    @Test(arguments: [true, false]) func theLastWordHolds(isLoad: Bool) async throws {
        let station = try Station([edgeModel("m")])
        for _ in 0..<20 {
            await station.coordinator.load(station.id("m"))
            await station.coordinator.unload(station.id("m"))
        }
        if isLoad { await station.coordinator.load(station.id("m")) }
        #expect(await station.becomes(isLoad ? .loaded : .unloaded, "m"))
        #expect(station.starter.engines.filter { !$0.hasEnded }.count == (isLoad ? 1 : 0))
        #expect(station.audit.violations == [])
    }

    @Test func aLoadThatCannotBeIsRefused() async throws {
        let station = try Station([
            edgeModel("pinned", bytes: 50, isPinned: true), edgeModel("busy", bytes: 40), edgeModel("large", bytes: 60),
            edgeModel("small", bytes: 30),
        ])
        await station.coordinator.load(station.id("pinned"))
        #expect(await station.becomes(.loaded, "pinned"))
        _ = await station.run("busy")
        #expect(status(await station.coordinator.load(station.id("large"))) == "model_does_not_fit")
        let refusal = await station.coordinator.load(station.id("small")).refusal
        #expect(refusal.map { APIError($0).code } == "memory_in_use")
        #expect(refusal?.message.contains("busy (in use)") == true)
        #expect(refusal?.message.contains("pinned (pinned)") == true)
        #expect(refusal?.retryAfterSeconds == 5)
        #expect(await station.view(of: "small").status == .unloaded)
    }

    @Test func aFailedModelIsTriedAtOnce() async throws {
        let station = try Station([edgeModel("m")]) { settings in
            settings.failures.failureLimit = 1
            settings.failures.backoffSeconds = 300
        }
        station.starter.setFailing(true, "m")
        #expect(await station.run("m").outcome.rejection == .modelFailed)
        #expect(await station.view(of: "m").status == .failed)
        let failed = await station.coordinator.awaitChange(.load, of: station.id("m"), within: nil)
        #expect(status(failed) == "load_failed")
        #expect(failed.refusal?.message.contains("out of luck") == true)
        station.starter.setFailing(false, "m")
        let loaded = await station.coordinator.awaitChange(.load, of: station.id("m"), within: nil)
        #expect(status(loaded) == "loaded")
    }

    @Test func twoWaitForOneLoad() async throws {
        let station = try Station([edgeModel("m")])
        let gate = station.starter.holdNextStart(of: "m")
        let waits = (0..<2).map { _ in
            Task { await station.coordinator.awaitChange(.load, of: station.id("m"), within: nil) }
        }
        #expect(await eventually { await station.view(of: "m").status == .loading })
        gate.open()
        for wait in waits { #expect(await value { await wait.value }.map(status) == "loaded") }
        #expect(station.starter.attempts == ["m"])
    }

    @Test func aWaitThatIsOverLeavesTheLoadAlone() async throws {
        let station = try Station([edgeModel("m")])
        let gate = station.starter.holdNextStart(of: "m")
        let timedOut = await station.coordinator.awaitChange(.load, of: station.id("m"), within: 0.01)
        #expect(status(timedOut) == "loading…")
        let gone = Task { await station.coordinator.awaitChange(.load, of: station.id("m"), within: nil) }
        #expect(await eventually { await !station.coordinator.awaitsNoChange })
        gone.cancel()
        #expect(await value { await gone.value }.map(status) == "loading…")
        #expect(await station.coordinator.awaitsNoChange)
        gate.open()
        #expect(await station.becomes(.loaded, "m"))
    }

    @Test func whoWaitsHearsOfTheOpposite() async throws {
        let station = try Station([edgeModel("m")])
        _ = station.starter.holdNextStart(of: "m")
        let loading = Task { await station.coordinator.awaitChange(.load, of: station.id("m"), within: nil) }
        #expect(await eventually { await !station.coordinator.awaitsNoChange })
        let gate = station.starter.holdStops(of: "m")
        await station.coordinator.unload(station.id("m"))
        #expect(await value { await loading.value }.map(status) == "overtaken")
        #expect(await station.becomes(.unloaded, "m"))
        await station.coordinator.load(station.id("m"))
        #expect(await station.becomes(.loaded, "m"))
        let unloading = Task { await station.coordinator.awaitChange(.unload, of: station.id("m"), within: nil) }
        #expect(await eventually { await !station.coordinator.awaitsNoChange })
        await station.coordinator.load(station.id("m"))
        #expect(await value { await unloading.value }.map(status) == "overtaken")
        gate.open()
        #expect(await station.becomes(.loaded, "m"))
    }

    /// A model that is wanted from the start comes back by itself, but not after the operator has unloaded it.
    @Test func anUnloadedModelDoesNotComeBack() async throws {
        let station = try Station([edgeModel("m", isPreloaded: true)]) { $0.failures.backoffSeconds = 30 }
        station.starter.setFailing(true, "m")
        await station.coordinator.preload()
        #expect(await eventually { station.starter.attempts == ["m"] })
        #expect(await eventually { await station.view(of: "m").engine.failures == 1 })
        station.starter.setFailing(false, "m")
        await station.coordinator.unload(station.id("m"))
        #expect(await station.coordinator.within { $0.engines.lives[0].comeback?.isCancelled } == true)
        #expect(station.starter.attempts == ["m"])
    }

    @Test func anUnloadTellsWhenItHasCome() async throws {
        let station = try Station([edgeModel("m")])
        let (ticket, _) = await station.run("m")
        let waiting = Task { await station.coordinator.awaitChange(.unload, of: station.id("m"), within: nil) }
        #expect(await eventually { await !station.coordinator.awaitsNoChange })
        await station.coordinator.finish(ticket, tokens: 0)
        #expect(await value { await waiting.value }.map(status) == "unloaded")
        #expect(station.starter.engines.allSatisfy { $0.hasEnded })
    }
}
