import EmberCore
import EmberSystem
import Foundation
import Testing

@testable import EmberServer

/// Another configuration under a running coordinator.
@Suite struct ReloadTests {
    @Test func aModelThatStaysKeepsItsEngine() async throws {
        let here = try ReloadStation("models:\n" + programModel("a") + programModel("b"))
        let (ticket, outcome) = await here.station.run("a")
        let plan = try await here.reload("models:\n" + programModel("b") + programModel("c") + programModel("a"))
        #expect(plan.models.stays == ["b", "a"] && plan.models.appears == ["c"])
        await here.station.coordinator.finish(ticket, tokens: 1)
        let again = await here.station.run("a")
        #expect(again.outcome.engine === outcome.engine)
        #expect(await here.station.run("c").outcome.engine?.model == "c")
        #expect(here.station.audit.violations == [])
    }

    @Test func aModelThatGoesEndsItsRequestsFirst() async throws {
        let here = try ReloadStation("models:\n" + programModel("a") + programModel("b"))
        let coordinator = here.station.coordinator
        let (ticket, outcome) = await here.station.run("a")
        let waiting = await here.station.admit("a")
        #expect(waiting.outcome == nil)
        try await here.reload("models:\n" + programModel("b"))
        #expect(here.models == ["b"] && here.deployment.model(named: "a") == nil)
        #expect(await here.station.outcome(of: waiting.ticket).rejection == .modelRemoved)
        #expect(outcome.engine?.hasEnded == false)
        #expect(await coordinator.state().models.map(\.status) == [.unloading, .unloaded])
        await coordinator.finish(ticket, tokens: 1)
        #expect(await eventually { await coordinator.state().models.map(\.name) == ["b"] })
        #expect(outcome.engine?.hasEnded == true)
        #expect(await here.station.isIdle() && here.station.audit.violations == [])
    }

    /// What runs ends on the engine that it began with, what waits is served by the new one.
    @Test func anEngineWithOtherSettingsIsStartedAnew() async throws {
        let here = try ReloadStation("models:\n" + programModel("a"))
        let coordinator = here.station.coordinator
        let (ticket, outcome) = await here.station.run("a")
        let waiting = await here.station.admit("a")
        let plan = try await here.reload("models:\n" + programModel("a", "env: {A: b}", mebibytes: 40))
        #expect(plan.models.restarts == ["a"])
        #expect(outcome.engine?.hasEnded == false)
        await coordinator.finish(ticket, tokens: 1)
        let served = await here.station.outcome(of: waiting.ticket)
        #expect(served.engine != nil && served.engine !== outcome.engine)
        #expect(outcome.engine?.hasEnded == true)
        #expect(await coordinator.edge.committed == Bytes(40 << 20))
        await coordinator.finish(waiting.ticket, tokens: 1)
        #expect(await eventually { await here.station.isIdle() })
        #expect(here.station.audit.violations == [])
    }

    /// No request asks for it, and it is there again all the same.
    @Test func anIdleEngineIsStartedAnewAtOnce() async throws {
        let here = try ReloadStation("models:\n" + programModel("a"))
        let (ticket, outcome) = await here.station.run("a")
        await here.station.coordinator.finish(ticket, tokens: 1)
        try await here.reload("models:\n" + programModel("a", "env: {A: b}"))
        #expect(await eventually { here.station.starter.engines.count == 2 })
        #expect(await here.station.becomes(.loaded, "a"))
        #expect(outcome.engine?.hasEnded == true && here.station.audit.violations == [])
    }

    /// What has begun with the old settings is ended; requests that wait for it are served by the new one.
    @Test func aLoadWithOtherSettingsIsTakenBack() async throws {
        let here = try ReloadStation("models:\n" + programModel("a"))
        let gate = here.station.starter.holdNextStart(of: "a")
        let waiting = await here.station.admit("a")
        #expect(await eventually { here.station.starter.attempts == ["a"] })
        try await here.reload("models:\n" + programModel("a", "env: {A: b}", mebibytes: 50))
        let served = await here.station.outcome(of: waiting.ticket)
        gate.open()
        #expect(served.engine != nil && here.station.starter.attempts == ["a", "a"])
        #expect(here.station.starter.cancelledStarts == 1)
        #expect(await here.station.coordinator.edge.committed == Bytes(50 << 20))
        #expect(await here.station.view(of: "a").engine.failures == 0)
        await here.station.coordinator.finish(waiting.ticket, tokens: 1)
        #expect(here.station.audit.violations == [])
    }

    @Test func otherSettingsHoldWithoutANewEngine() async throws {
        let here = try ReloadStation("models:\n" + programModel("a") + programModel("b"))
        let (ticket, outcome) = await here.station.run("a")
        let plan = try await here.reload(
            "models:\n" + programModel("a", "aliases: [first], pin: true") + programModel("b"))
        #expect(plan.models.changes == ["a"])
        #expect(here.deployment.model(named: "first") == here.station.id("a"))
        await here.station.coordinator.finish(ticket, tokens: 1)
        #expect(await here.station.run("a").outcome.engine === outcome.engine)
        #expect(await here.station.view(of: "a").pinned)
    }

    /// The old one drains under its own id; both have the name "a" for a while.
    @Test func aModelOfTheCloudIsAnotherThanOneOfTheEdge() async throws {
        let sky = "upstreams: {sky: {url: \"http://127.0.0.1:1/v1\"}}\n"
        let here = try ReloadStation(sky + "models:\n" + programModel("a"))
        let coordinator = here.station.coordinator
        let (ticket, outcome) = await here.station.run("a")
        let before = here.station.id("a")
        try await here.reload(sky + "models: {a: {upstream: sky, upstream_model: big}}\n")
        let after = here.station.id("a")
        #expect(before != after && here.deployment[after].engine == nil)
        #expect(await here.station.run("a").outcome.offload?.target.model == "big")
        await coordinator.finish(ticket, tokens: 1)
        #expect(await eventually { outcome.engine?.hasEnded == true })
        #expect(here.station.audit.violations == [])
    }

    /// Ids are used again, and only once nothing has them any more.
    @Test func idsDoNotPileUp() async throws {
        let here = try ReloadStation("models:\n" + programModel("keep") + programModel("m0"))
        let coordinator = here.station.coordinator
        let (ticket, _) = await here.station.run("m0")
        try await here.reload("models:\n" + programModel("keep") + programModel("m1"))
        #expect(here.station.id("m1") == ModelID(2), "m0 still runs")
        await coordinator.finish(ticket, tokens: 1)
        #expect(await eventually { await coordinator.edge.instances.allSatisfy { $0.phase == .absent } })
        for number in 2..<12 {
            try await here.reload("models:\n" + programModel("keep") + programModel("m\(number)"))
            let (ticket, outcome) = await here.station.run("m\(number)")
            #expect(outcome.engine?.model == "m\(number)")
            await coordinator.finish(ticket, tokens: 1)
            await coordinator.unload(here.station.id("m\(number)"))
            #expect(await here.station.becomes(.unloaded, "m\(number)"))
        }
        #expect(here.deployment.models.count <= 4 && here.station.id("keep") == ModelID(0))
        #expect(here.station.audit.violations == [])
    }

    /// A request that was read before the change, and whose id means another model by now, is not served by that one.
    @Test func anIDOfAnEarlierMeaningIsRefused() async throws {
        let here = try ReloadStation("models:\n" + programModel("keep") + programModel("old"))
        let (old, generation) = (here.station.id("old"), here.deployment.state.generation)
        try await here.reload("models:\n" + programModel("keep"))
        try await here.reload("models:\n" + programModel("keep") + programModel("new"))
        #expect(here.station.id("new") == old)
        let coordinator = here.station.coordinator
        let refused = await coordinator.admit(service: ServiceID(0), model: old, asOf: generation)
        #expect(refused.outcome.rejection == .modelRemoved)
        let kept = await coordinator.admit(
            service: ServiceID(0), model: here.station.id("keep"), asOf: here.deployment.state.generation)
        #expect(kept.outcome.rejection == nil)
        await coordinator.cancel(kept.ticket)
        #expect(here.station.audit.violations == [])
    }

    @Test func aConfigurationIsTakenAsAWholeOrNotAtAll() async throws {
        let first = "models:\n" + programModel("a")
        let here = try ReloadStation(first)
        let (ticket, _) = await here.station.run("a")
        for bad in [
            "models:\n" + programModel("b") + "  c: {path: 7, command: x}\n",
            "models: [", "",
            "models:\n" + programModel("b") + "listen: 127.0.0.1:1\n",
            "models:\n" + programModel("b") + "  c: {upstream: nowhere}\n",
        ] {
            await #expect(throws: ReloadProblem.self, "\(bad)") { try await here.reload(bad) }
            #expect(here.models == ["a"] && here.deployment.state.generation == 0)
        }
        let plan = try await here.reload("models:\n" + programModel("b"), isDry: true)
        #expect(plan.models.appears == ["b"] && plan.models.goes == ["a"] && here.models == ["a"])
        #expect(try await here.reload(first).isEmpty)
        await here.station.coordinator.finish(ticket, tokens: 1)
        try await here.reload("models:\n" + programModel("b"))
        #expect(here.models == ["b"] && here.station.audit.violations == [])
    }

    @Test func aNewModelThatIsPreloadedIsLoaded() async throws {
        let here = try ReloadStation("models:\n" + programModel("a"))
        try await here.reload("models:\n" + programModel("a") + programModel("b", "preload: true"))
        #expect(await here.station.becomes(.loaded, "b"))
        // One that cannot be loaded is known to be so.
        try await here.reload("models:\n" + programModel("a") + "  c: {command: [/none, \"${port}\"], memory: 1MiB}\n")
        #expect(await here.station.run("c").outcome.rejection == .modelFailed)
        #expect(here.station.audit.violations == [])
    }

    @Test func servicesComeAndGo() async throws {
        let model = "models:\n" + programModel("a", "parallel: 4")
        let here = try ReloadStation(model + "services: {x: {}, y: {deadline: 5s}}\n")
        let y = try #require(here.deployment.service(named: "y"))
        let running = await here.station.coordinator.admit(service: y, model: here.station.id("a"))
        try await here.reload(model + "services: {x: {deadline: 7s}, z: {}}\ndefault_service: z\n")
        let state = here.deployment.state
        #expect(state.service(named: "y") == nil && state.service(named: "x") != nil)
        let z = try #require(state.service(named: "z"))
        #expect(z != y && state.defaultService == z)
        #expect(state.deadlines[state.service(named: "x")!.index] == 7)
        #expect(state.serviceIDs.map { state.catalogue[$0].name }.sorted() == ["default", "x", "z"])
        _ = await here.station.outcome(of: running.ticket)
        await here.station.coordinator.finish(running.ticket, tokens: 1)
        try await here.reload(model + "services: {x: {}, z: {}, w: {}}\n")
        #expect(here.deployment.service(named: "w") == y, "its id is free")
        #expect(here.station.audit.violations == [])
    }

    @Test func boundsAndThePolicyChange() async throws {
        let models = "models:\n" + programModel("a") + programModel("b", mebibytes: 60)
        let here = try ReloadStation(models)
        let coordinator = here.station.coordinator
        for name in ["a", "b"] {
            let (ticket, _) = await here.station.run(name)
            await coordinator.finish(ticket, tokens: 1)
        }
        #expect(await coordinator.edge.committed == Bytes(90 << 20))
        here.write(models)
        let plan = try await here.reload(models.replacing("models:", with: "budget: {day: 7}\npolicy: lfu\nmodels:"))
        #expect(plan.settings == ["policy", "budget"])
        #expect(await coordinator.driver.policy.name == "lfu")
    }

    @Test func keysComeAndGo() async throws {
        let model = "models:\n" + programModel("a")
        let here = try ReloadStation(model + "keys: [{key: first-key, name: eva}, {key: other-key, name: tom}]\n")
        #expect(here.keys.all.map(\.tenantNumber) == [0, 1])
        try await here.reload(model + "keys: [{key: other-key, name: tom}, {key: third-key, name: ada}]\n")
        #expect(here.keys.all.map(\.name) == ["tom", "ada"])
        #expect(here.keys.all.map(\.tenantNumber) == [1, 0], "requests of tom's count under his number")
        #expect(!here.keys.all.contains { $0.matches("first-key".utf8) })
    }

    @Test func ordersAreFollowed() async throws {
        let here = try ReloadStation("models:\n" + programModel("a"))
        let following = TimeSource.system.later { await here.reloader.follow() }
        here.write("models:\n" + programModel("b"))
        here.orders.give()
        #expect(await eventually { here.models == ["b"] })
        following.cancel()
        await following.value
    }
}
