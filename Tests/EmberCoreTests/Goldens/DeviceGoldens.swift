import EmberCore
import Foundation
import Testing

/// Several devices, each with a budget of its own: scripts with exact effects.
@Suite struct DeviceGoldens {
    private func script(
        _ devices: [Int], _ bytes: [Int], residencyPerLoad: Double = 0,
        adjust: (inout ModelSpec, Int) -> Void = { _, _ in }
    ) throws -> Script {
        var settings = PlannerSettings(budget: .zero)
        settings.devices = devices.map { Bytes($0) }
        settings.queue.residencyPerLoad = residencyPerLoad
        settings.queue.patienceSeconds = 100
        return try Script("lru", plainCatalogue(bytes: bytes, parallel: 4, adjust: adjust), settings)
    }

    private func devices(_ script: Script, of id: Int) -> [Int]? {
        script.edge.deviceLedger?.layout(of: instance(id))?.parts.map(\.device)
    }

    private func occupied(_ script: Script) -> [Int] { script.edge.devices.map(\.occupied.count) }

    /// 30 leaves 20 of the first or 10 of the second; then 20 fits the first alone.
    @Test func whatFitsGoesWhereItLeavesTheLeast() throws {
        var script = try script([50, 40], [30, 20, 25])
        for id in 0...1 { script.load(0, id) }
        #expect(devices(script, of: 0) == [1] && devices(script, of: 1) == [0])
        #expect(occupied(script) == [20, 30])
        // 30 are free of the first.
        script.load(1, 2)
        #expect(devices(script, of: 2) == [0] && occupied(script) == [45, 30])
    }

    @Test func twoOfTwelveAreNotOneOfTwentyFour() throws {
        for (budgets, evicts) in [([24], false), ([12, 12], true)] {
            var script = try script(budgets, [9, 9, 5])
            for id in 0...1 { script.load(0, id) }
            #expect(script.edge.deviceLedger?.free(for: instance(2), in: script.edge) == (evicts ? Bytes(3) : nil))
            let effects = script.ask(1, 2, offloadable: false)
            #expect(effects.contains(.beginUnload(instance(0), .evicted(for: instance(2)))) == evicts)
            #expect(effects.contains(.beginLoad(instance(2))) != evicts)
        }
    }

    /// Model 3 lacks 5 of the first device, where model 1 was asked for last, and 30 of the second, where model 0 was
    /// never asked for: that one is worth less, though it is larger.
    @Test func theVictimsThatAreWorthLeastDecide() throws {
        var script = try script([40, 40], [40, 30, 15])
        for id in 0...1 { script.load(0, id) }
        script.serve(1, 1)
        #expect(
            script.ask(2, 2, offloadable: false)
                == [.enqueue(request(1)), .beginUnload(instance(0), .evicted(for: instance(2)))])
        #expect(script.at(3, .unloadFinished(instance(0))) == [.beginLoad(instance(2))])
        #expect(devices(script, of: 2) == [0] && occupied(script) == [15, 30])
    }

    /// 30 over budgets of 12 and 24: 10 and 20.
    @Test func whatFitsNoneAloneIsDivided() throws {
        var script = try script([12, 24], [30, 4, 5])
        script.load(0, 0)
        #expect(devices(script, of: 0) == [0, 1] && occupied(script) == [10, 20])
        script.load(1, 1)
        #expect(devices(script, of: 1) == [1] && occupied(script) == [10, 24])
        #expect(
            script.ask(2, 2, offloadable: false)
                == [.enqueue(request(0)), .beginUnload(instance(0), .evicted(for: instance(2)))])
        // Its memory on both devices is free once it has left.
        script.at(3, .unloadFinished(instance(0)))
        #expect(devices(script, of: 2) == [0] && occupied(script) == [5, 4])
    }

    /// 12 of the 16 and the half of 3, rounded up, would be too much of the first.
    @Test func aDeclaredSplitHolds() throws {
        var script = try script([12, 12], [16, 12]) { model, index in
            if index == 0 { model.devices = DeviceRule(devices: [1, 0], split: [3, 1]) }
        }
        script.load(0, 0)
        #expect(devices(script, of: 0) == [1, 0] && occupied(script) == [4, 12])
        // The other needs a device of its own.
        script.at(1, .loadRequested(instance(1)))
        #expect(occupied(script) == [4, 12] && script.edge.devices.map(\.committed.count) == [12, 0])
    }

    @Test func aModelMayBeKeptToItsDevices() throws {
        var script = try script([50, 50], [30, 30, 60]) { model, _ in model.devices = DeviceRule(devices: [1]) }
        script.load(0, 0)
        #expect(
            script.ask(1, 1, offloadable: false)
                == [.enqueue(request(0)), .beginUnload(instance(0), .evicted(for: instance(1)))])
        #expect(script.ask(1, 2, offloadable: false) == [.reject(request(1), .neverFits)])
    }

    /// 15 at rest and 6 for each request, divided 1 to 2: a second request takes 2 and 4 more.
    @Test func requestsTakeTheirSharesToo() throws {
        var script = try script([12, 24], [15, 10]) { model, index in
            guard index == 0 else { return }
            model.devices = DeviceRule(devices: [0, 1], split: [1, 2])
            model.learnt = LearntMemory(resting: Bytes(15), peak: Bytes(6))
        }
        script.load(0, 0)
        #expect(occupied(script) == [7, 14])
        for _ in 0...1 { script.ask(1, 0) }
        #expect(occupied(script) == [9, 18])
        script.ask(1, 0)
        #expect(occupied(script) == [11, 22])
        // A fourth would need 2 of the first device, of which 1 is left.
        #expect(script.ask(1, 0, offloadable: false) == [.enqueue(request(3))])
        #expect(occupied(script) == [11, 22])
    }

    /// Only the second device has too much: what is on the first stays, though it was never asked for.
    @Test func onlyAFullDeviceSheds() throws {
        var script = try script([40, 40], [30, 20, 15])
        for id in 0...2 { script.load(0, id) }
        #expect([0, 1, 2].map { devices(script, of: $0) } == [[0], [1], [1]])
        script.serve(1, 1)
        #expect(
            script.at(2, .footprintMeasured(instance(1), Bytes(30)))
                == [.beginUnload(instance(2), .overBudget)])
    }

    /// A load on one device does not wait for what leaves another.
    @Test func loadsBeginByDevice() throws {
        var script = try script([40, 40], [40, 40, 40, 10]) { model, index in
            model.devices = DeviceRule(devices: [index == 3 ? 1 : 0])
        }
        script.load(0, 0)
        #expect(script.at(1, .loadRequested(instance(1))) == [.beginUnload(instance(0), .evicted(for: instance(1)))])
        #expect(script.at(1, .loadRequested(instance(3))) == [.beginLoad(instance(3))])
        #expect(script.at(2, .unloadFinished(instance(0))) == [.beginLoad(instance(1))])
    }

    /// It took 14 on a device of 12: the next time it is divided.
    @Test func whatProvesTooLargeForOneIsDivided() throws {
        var script = try script([12, 12], [10])
        script.load(0, 0)
        #expect(devices(script, of: 0) == [0] && script.edge.room(for: instance(0)) == Bytes(12))
        script.at(1, .engineOverran(instance(0), resting: Bytes(14), peak: .zero))
        #expect(script.edge.room(for: instance(0)) == Bytes(24))
        script.at(2, .loadRequested(instance(0)))
        #expect(devices(script, of: 0) == [0, 1] && occupied(script) == [7, 7])
    }

    /// The pinned one leaves 4 of the first device: 10 fits the second alone, 14 both together, 17 not at all.
    @Test func pinnedModelsLeaveRoomByDevice() throws {
        var script = try script([12, 12], [8, 10, 14, 17]) { model, index in
            model.isPinned = index == 0
            if index == 0 { model.devices = DeviceRule(devices: [0]) }
        }
        script.load(0, 0)
        #expect(script.edge.room(for: instance(1)) == Bytes(12))
        #expect(script.edge.canEverFit(instance(1)) && !script.edge.canEverFit(instance(2)))
        #expect(script.ask(1, 3, offloadable: false) == [.reject(request(0), .neverFits)])
        script.unload(2, 0)
        #expect(script.edge.canEverFit(instance(3)))
    }

    /// Model 1 has waited for the first device beyond its patience, but model 0 is newly loaded: model 3 is held up
    /// there, and model 2 goes to the second device.
    @Test func whatStarvesHoldsUpItsDevicesAlone() throws {
        var script = try script([40, 40], [30, 40, 10, 10], residencyPerLoad: 1000) { model, index in
            model.devices = DeviceRule(devices: [index == 2 ? 1 : 0])
        }
        script.load(0, 0, seconds: 1)
        script.ask(2, 1, offloadable: false)
        #expect(script.at(102, .tick) == [])
        #expect(script.ask(103, 3, offloadable: false) == [.enqueue(request(1))])
        #expect(script.ask(103, 2, offloadable: false) == [.enqueue(request(2)), .beginLoad(instance(2))])
    }

    /// A log of a single device says nothing of devices, as before there were any.
    @Test func settingsAreReadBack() throws {
        var settings = PlannerSettings(budget: Bytes(100))
        let one = try JSONEncoder().encode(settings)
        #expect(!String(decoding: one, as: UTF8.self).contains("devices"))
        #expect(try JSONDecoder().decode(PlannerSettings.self, from: one) == settings)
        settings.devices = [Bytes(60), Bytes(40)]
        #expect(settings.budget == Bytes(100))
        #expect(try JSONDecoder().decode(PlannerSettings.self, from: JSONEncoder().encode(settings)) == settings)
    }
}
