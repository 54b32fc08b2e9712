// What must hold after every event, re-derived from scratch; used by tests and simulations.
extension Planner {
    public func brokenInvariants() -> [String] {
        var broken = brokenRanks() + edge.brokenAgeLines().map { "\($0): its line tells another age than its contexts" }
        func expect(_ holds: Bool, _ promise: @autoclosure () -> String) {
            if !holds { broken.append(promise()) }
        }
        var memory = MemoryLedger()
        for instance in edge.instances { memory.add(instance) }
        expect(memory.occupied == edge.occupied, "occupied is \(edge.occupied), instances add up to \(memory.occupied)")
        expect(memory.committed == edge.committed, "committed is \(edge.committed), not \(memory.committed)")
        expect(memory.beside == edge.memory.beside, "beside is \(edge.memory.beside), not \(memory.beside)")
        expect(
            Set(reserved)
                == Set(
                    edge.instances.indices.map { InstanceID($0) }.filter {
                        edge[$0].phase == .reserved || edge[$0].isReturning
                    }),
            "the reserved list differs from the reserved instances")

        var running = Array(repeating: 0, count: edge.instances.count)
        var waiting = running
        var runningInAnyLife = 0
        for request in requests.liveRequests {
            let record = requests[request]
            let index = record.instance.index
            if record.state == .running { runningInAnyLife += 1 }
            if record.state == .running, record.life == edge[record.instance].life { running[index] += 1 }
            if record.state == .waiting { waiting[index] += 1 }
        }
        for (index, instance) in edge.instances.enumerated() {
            expect(instance.inFlight == running[index], "instance \(index): in flight \(instance.inFlight)")
            expect(instance.waiting == waiting[index], "instance \(index): waiting \(instance.waiting)")
            expect(queued.contains(InstanceID(index)) == (waiting[index] > 0), "instance \(index): not in queued")
            expect(instance.inFlight == 0 || instance.phase == .resident, "instance \(index): runs while not resident")
            expect(
                instance.inFlight <= edge.catalogue[instance.model].parallel, "instance \(index): too many in flight")
            expect(!instance.runsSuspect || instance.inFlight == 1, "instance \(index): a suspect is not alone")
            expect(!instance.isDraining || instance.phase == .resident, "instance \(index): drains while not resident")
            expect(!instance.isReturning || instance.phase == .leaving, "instance \(index): returns and does not leave")
        }
        expect(waiting.reduce(0, +) == edge.waiting, "waiting is \(edge.waiting)")
        expect(
            runningInAnyLife == edge.tokenEnergy.running,
            "energy is learnt of \(edge.tokenEnergy.running) requests, not of \(runningInAnyLife)")
        return broken
    }

    /// Everyone evictable is ranked, by what the score is not below.
    private func brokenRanks() -> [String] {
        var (broken, policy) = ([String](), policy)
        for id in edge.instances.indices.lazy.map({ InstanceID($0) }) {
            if edge.inMemory.contains(id) != (edge[id].phase != .absent) { broken.append("\(id): in memory or not") }
            guard let ranking else { continue }
            let isEvictable = edge[id].phase == .resident && standing(of: id) == .evictable
            guard let floor = ranking.floor(of: id, at: fallClock) else {
                if isEvictable { broken.append("\(id): evictable and not ranked") }
                continue
            }
            guard isEvictable else { continue }
            let score = policy.score(of: id, in: edge)
            let isOld = knownScores.score(of: id) != nil && ranking.fall.step(edge) != knownScores.step
            if score < floor, !isOld { broken.append("\(id): its score \(score) is below its floor \(floor)") }
        }
        return broken
    }
}
