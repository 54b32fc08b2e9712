// What must hold after every event, re-derived from scratch; used by tests and simulations.
extension Planner {
    public func brokenInvariants() -> [String] {
        var broken: [String] = []
        func expect(_ holds: Bool, _ promise: @autoclosure () -> String) {
            if !holds { broken.append(promise()) }
        }
        let occupied = edge.instances.filter(\.occupies).reduce(0) { $0 + $1.footprint.count }
        let committed = edge.instances.filter(\.isCommitted).reduce(0) { $0 + $1.footprint.count }
        expect(occupied == edge.occupied.count, "occupied is \(edge.occupied.count), instances add up to \(occupied)")
        expect(committed == edge.committed.count, "committed is \(edge.committed.count), not \(committed)")
        expect(
            Set(reserved) == Set(edge.instances.indices.map { InstanceID($0) }.filter { edge[$0].phase == .reserved }),
            "the reserved list differs from the reserved instances")

        var running = Array(repeating: 0, count: edge.instances.count)
        var waiting = running
        for request in requests.liveRequests {
            let record = requests[request]
            let index = record.instance.index
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
            expect(!instance.isDraining || instance.occupies, "instance \(index): drains while absent")
        }
        for index in edge.instances.indices {
            let (instance, id) = (edge.instances[index], InstanceID(index))
            expect(edge.inMemory.contains(id) == (instance.phase != .absent), "instance \(index): in memory or not")
            let isRanked = ranking.contains(id)
            expect(!isRanked || (instance.phase == .resident && !instance.isDraining), "instance \(index): ranked")
            let mustBe = fall != nil && standing(of: id) == .evictable && instance.phase == .resident
            expect(isRanked || !mustBe, "instance \(index): evictable and not ranked")
        }
        expect(waiting.reduce(0, +) == edge.waiting, "waiting is \(edge.waiting)")
        return broken
    }

    /// Whether memory is within the budget; footprints measured larger than estimated may break it until shed.
    public var isWithinBudget: Bool {
        edge.occupied <= edge.settings.budget && edge.committed <= edge.settings.budget
    }
}
