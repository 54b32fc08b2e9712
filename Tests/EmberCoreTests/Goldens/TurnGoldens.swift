import EmberCore
import Testing

/// Turns, deadlines and places in a full waiting room: rules 14 and 15 by hand.
@Suite struct TurnGoldens {
    private var settings: PlannerSettings {
        var settings = PlannerSettings(budget: Bytes(100))
        settings.queue.maxWaitSeconds = 60
        return settings
    }

    /// Instance 0 resident with one slot, which runs request 0 since 1 s.
    private func busy(_ settings: PlannerSettings, bytes: [Int] = [60]) throws -> Script {
        var script = try Script("lru", plainCatalogue(bytes: bytes, parallel: 1), settings)
        script.load(0, 0)
        script.ask(1, 0, offloadable: false)
        return script
    }

    /// Who is dispatched when the running requests end one after the other.
    private func order(_ script: inout Script, from first: Int) -> [Int] {
        var (running, order) = (first, [Int]())
        while true {
            let effects = script.at(20, .requestFinished(request(running), tokens: 1))
            guard case .dispatch(let next, _)? = effects.last else { return order }
            order.append(next.index)
            running = next.index
        }
    }

    @Test func tenantsTakeTurns() throws {
        var script = try busy(settings)
        // Tenant 0 asks four times, then tenants 1 and 2 once and twice.
        for tenant in [0, 0, 0, 0, 1, 2, 2] { script.ask(2, 0, offloadable: false, tenant: tenant) }
        #expect(order(&script, from: 0) == [1, 5, 6, 2, 7, 3, 4])
    }

    @Test func servicesOfATenantTakeTurnsToo() throws {
        var script = try Script("lru", plainCatalogue(bytes: [60], services: 2, parallel: 1), settings)
        script.load(0, 0)
        script.ask(1, 0, offloadable: false)
        for service in [0, 0, 0, 1] { script.ask(2, 0, service: service, offloadable: false) }
        #expect(order(&script, from: 0) == [1, 4, 2, 3])
    }

    @Test func whoHasTheMostPlacesGivesOneUp() throws {
        var settings = settings
        settings.queue.limitPerInstance = 3
        var script = try busy(settings)
        for _ in 0..<3 { script.ask(2, 0, offloadable: false) }
        // Of its own kind there is no room; for another tenant the last one goes; then they have 2 and 1, and that is
        // fair.
        #expect(script.ask(3, 0, offloadable: false) == [.reject(request(4), .modelQueueFull)])
        #expect(
            script.ask(3, 0, offloadable: false, tenant: 1) == [
                .reject(request(3), .modelQueueFull), .enqueue(request(5)),
            ])
        #expect(script.ask(3, 0, offloadable: false, tenant: 1) == [.reject(request(6), .modelQueueFull)])
    }

    @Test func whoCanGoElsewhereTakesNobodysPlace() throws {
        var settings = settings
        settings.queue.limit = 2
        var script = try busy(settings)
        for _ in 0..<2 { script.ask(2, 0, offloadable: false) }
        #expect(script.ask(3, 0, tenant: 1) == [.offload(request(3), .queueFull)])
    }

    @Test func aDeadlineEndsAWait() throws {
        var script = try busy(settings)
        #expect(script.ask(2, 0, offloadable: false, deadline: 3) == [.enqueue(request(1))])
        script.ask(2, 0, offloadable: true, deadline: 4)
        #expect(script.planner.nextWake == Time(seconds: 5))
        #expect(script.at(5, .tick) == [.reject(request(1), .deadline)])
        #expect(script.at(6, .tick) == [.offload(request(2), .deadline)])
    }

    @Test func whoWouldWaitInVainIsTurnedAwayAtOnce() throws {
        var script = try busy(settings)
        // A request takes 4 s: the next two would begin after 4 and 8 s.
        script.at(5, .requestFinished(request(0), tokens: 1))
        #expect(script.ask(5, 0, offloadable: false, deadline: 3).contains(.dispatch(request(1), instance(0))))
        #expect(script.ask(5, 0, offloadable: false, deadline: 3) == [.reject(request(2), .deadline)])
        #expect(script.ask(5, 0, offloadable: false, deadline: 5) == [.enqueue(request(3))])
        #expect(script.ask(5, 0, deadline: 5) == [.offload(request(4), .deadline)])
        // Without a deadline, and without refusesHopeless, one may hope.
        #expect(script.ask(5, 0, offloadable: false) == [.enqueue(request(5))])
    }

    @Test func loadsAreWaitedForAsLongAsTheyTake() throws {
        var script = try busy(settings, bytes: [60, 60])
        script.at(5, .requestFinished(request(0), tokens: 1))
        // Instance 1 takes 3 s to load.
        script.ask(6, 1, offloadable: false)
        script.at(6, .unloadFinished(instance(0)))
        script.at(9, .loadFinished(instance(1)))
        script.at(9, .requestFinished(request(1), tokens: 1))
        script.unload(20, 1)
        // The load comes too late for this one, and begins for those that follow: rule 16.
        #expect(
            script.ask(20, 1, offloadable: false, deadline: 2)
                == [.reject(request(2), .deadline), .beginLoad(instance(1))])
        #expect(script.ask(20, 1, offloadable: false, deadline: 4) == [.enqueue(request(3))])
        #expect(script.ask(22, 1, offloadable: false, deadline: 2) == [.enqueue(request(4))])
    }

    /// Rule 16: gated where the cloud has the request, ungated where it has not.
    @Test func aLoadForThoseThatFollowPassesTheGateOfTheirKind() throws {
        var script = try Script("least-context-gated", plainCatalogue(bytes: [60, 60]), settings)
        script.ask(0, 1, offloadable: false)
        script.at(3, .loadFinished(instance(1)))
        script.at(4, .requestFinished(request(0), tokens: 1))
        script.unload(5, 1)
        script.load(6, 0)
        script.serve(7, 0, times: 3)
        #expect(script.ask(8, 1, deadline: 2) == [.offload(request(4), .deadline)])
        #expect(
            script.ask(8, 1, offloadable: false, deadline: 2)
                == [.reject(request(5), .deadline), .beginUnload(instance(0), .evicted(for: instance(1)))])
        // A hedge, which runs at once or not at all, brings nothing about.
        script.at(9, .unloadFinished(instance(0)))
        script.at(12, .loadFinished(instance(1)))
        script.unload(13, 1)
        #expect(script.ask(14, 1, offloadable: false, deadline: 0) == [.reject(request(6), .deadline)])
    }

    @Test func theHopelessAreRefusedWhereThatIsWanted() throws {
        var settings = settings
        settings.refusesHopeless = true
        settings.queue.maxWaitSeconds = 6
        var script = try busy(settings)
        script.at(5, .requestFinished(request(0), tokens: 1))
        script.ask(5, 0, offloadable: false)
        #expect(script.ask(5, 0, offloadable: false) == [.enqueue(request(2))])
        #expect(script.ask(5, 0, offloadable: false) == [.reject(request(3), .waitedTooLong)])
    }
}
