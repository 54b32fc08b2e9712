import EmberCore

/// The best residency of known requests as a linear program, in integers or relaxed (system model, "Bounds").
///
/// With x = 1 where an instance is resident at the end of a slot, and y >= 1 where it was loaded in it,
///
///     maximise    sum of saving x - (load price + context lost) y
///     subject to  x(t) <= x(t - 1) + y(t),   sum of bytes x(t) <= memory,   0 <= x <= 1, y >= 0
///
/// Savings are `OptimisticSavings`; a load's slot saves no more than an instance without context does, where evictions
/// lose it. Whatever a policy does fits these rows and costs at least as much: so the optimum, also the relaxed one, is
/// a lower bound of every policy's cost. The program is exact but for the context of the slots after a load.
struct ResidencyProgram {
    /// Of all requests, if the cloud ran them: the sum over the run.
    private(set) var cloudCost = 0.0
    let slots: Int
    /// By instance, its share of the memory.
    let shares: [Double]
    /// One after the other for an instance, instances one after the other.
    private(set) var stays: [Stay] = []

    /// Slots in which an instance is resident all along or not at all.
    struct Stay: Equatable {
        let instance: InstanceID
        var slots: Range<Int>
        let saving: Double
        /// What it costs to load the instance in the first slot; nil where it has no requests, so that a later load
        /// is no worse.
        let loadCost: Double?
    }

    /// O(slots x pairs).
    init(_ scenario: Scenario, _ workload: Workload) {
        let catalogue = scenario.catalogue
        let models = (0..<catalogue.instanceCount).map { catalogue[catalogue.model(of: InstanceID($0))] }
        slots = workload.slots.count
        shares = models.map { Double($0.residentBytes.count) / Double(scenario.edge.memory.count) }
        var savings = OptimisticSavings(scenario)
        var byInstance = [[Stay]](repeating: [], count: models.count)
        for (slot, batches) in workload.slots.enumerated() {
            for batch in batches {
                cloudCost += Double(batch.count) * catalogue[catalogue.model(of: batch.pair)].costs.cloudPerRequest
            }
            for (index, saving) in savings.next(batches).enumerated() {
                Self.extend(&byInstance[index], of: InstanceID(index), models[index], slot, saving)
            }
        }
        for index in byInstance.indices where shares[index] <= 1 {
            let isOfUse = byInstance[index].contains { $0.saving > 0 }
            if isOfUse { stays += byInstance[index] }
        }
    }

    private static func extend(
        _ stays: inout [Stay], of instance: InstanceID, _ model: ModelSpec, _ slot: Int,
        _ saving: OptimisticSavings.Saving?
    ) {
        if let saving {
            let loadCost = model.costs.load.cost(of: model.residentBytes) + saving.atMost - saving.afterLoad
            stays.append(
                Stay(instance: instance, slots: slot..<(slot + 1), saving: saving.atMost, loadCost: loadCost))
        } else if let last = stays.last, last.loadCost == nil {
            stays[stays.count - 1].slots = last.slots.lowerBound..<(slot + 1)
        } else if !stays.isEmpty {
            stays.append(Stay(instance: instance, slots: slot..<(slot + 1), saving: 0, loadCost: nil))
        }
    }

    /// What the program as a file counts costs in, so that the solver's absolute tolerances fit whatever prices: the
    /// mean of the savings above 0.
    var unit: Double {
        let savings = stays.lazy.map(\.saving).filter { $0 > 0 }
        return savings.isEmpty ? 1 : savings.reduce(0, +) / Double(savings.count)
    }

    /// Whether the stay goes on from the one before it in `stays`.
    func continues(_ index: Int) -> Bool {
        index > 0 && stays[index - 1].instance == stays[index].instance
    }

    /// Calls with every slot and the positions of the stays in it. O(slots x instances).
    func forEachSlot<Failure: Error>(_ body: (Int, [Int]) throws(Failure) -> Void) throws(Failure) {
        var cursors = stays.indices.filter { !continues($0) }
        for slot in 0..<slots {
            for position in cursors.indices {
                let next = cursors[position] + 1
                if stays[cursors[position]].slots.upperBound <= slot, next < stays.count, continues(next) {
                    cursors[position] = next
                }
            }
            try body(slot, cursors.filter { stays[$0].slots.contains(slot) })
        }
    }
}
