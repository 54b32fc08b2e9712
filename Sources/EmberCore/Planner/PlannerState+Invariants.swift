// What must hold after every event, computed from the instances alone; used by tests and simulations.
extension PlannerState {
    /// What contradicts that; empty unless there is a bug.
    func brokenInvariants() -> [String] {
        var broken = edge.contexts.brokenAgeLines(at: edge.now, edge.catalogue).map {
            "\($0): its line differs from the mean of its contexts"
        }
        func expect(_ holds: Bool, _ promise: @autoclosure () -> String) {
            if !holds { broken.append(promise()) }
        }
        for promise in edge.memory.brokenPromises() { broken.append(promise) }

        var running = Array(repeating: 0, count: edge.instances.count)
        var (waiting, reserved) = (running, running)
        var runningInAnyLife = 0
        for request in requests.liveRequests {
            let record = requests[request]
            let index = record.instance.index
            if record.state == .running { runningInAnyLife += 1 }
            if record.state == .running, record.run.life == edge[record.instance].life {
                running[index] += 1
                reserved[index] += edge[pool: record.instance]?.share(of: record.terms.tokens) ?? 0
            }
            if record.state == .waiting { waiting[index] += 1 }
        }
        for (index, instance) in edge.instances.enumerated() {
            expect(instance.inFlight == running[index], "instance \(index): in flight \(instance.inFlight)")
            expect(edge.room.count(for: InstanceID(index)) == waiting[index], "instance \(index): waiting")
            expect(
                edge.room.instances.contains(InstanceID(index)) == (waiting[index] > 0),
                "instance \(index): not in queued")
            expect(instance.inFlight == 0 || instance.phase == .resident, "instance \(index): runs while not resident")
            expect(!instance.runsSuspect || instance.inFlight == 1, "instance \(index): a suspect is not alone")
            expect(!instance.isDraining || instance.phase == .resident, "instance \(index): drains while not resident")
            expect(!instance.isReturning || instance.phase == .leaving, "instance \(index): returns and does not leave")
        }
        for index in edge.instances.indices {
            guard let pool = edge[pool: InstanceID(index)] else { continue }
            expect(edge.instances[index].phase == .resident, "instance \(index): has a pool while not resident")
            expect(pool.reserved == reserved[index], "instance \(index): \(pool.reserved) tokens are reserved")
            expect(pool.held >= 0 && pool.reserved + pool.held <= pool.limit, "instance \(index): \(pool)")
        }
        expect(waiting.reduce(0, +) == edge.waiting, "waiting is \(edge.waiting)")
        expect(
            runningInAnyLife == edge.costs.tokenEnergy.running,
            "energy is learnt of \(edge.costs.tokenEnergy.running) requests, not of \(runningInAnyLife)")
        return broken
    }
}
