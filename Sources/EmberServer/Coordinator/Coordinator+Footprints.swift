import EmberCore
import EmberEngine

// What residents take in memory.
extension Coordinator {
    /// Measures what the residents take and tells the planner when one takes more than it counts on.
    func measureFootprints() async {
        for index in engines.indices {
            guard let engine = engines[index], let root = engine.rootProcess,
                let bytes = await footprints.measure(root: root), engines[index] === engine
            else { continue }
            measured[index] = bytes
            peak[index] = max(peak[index] ?? .zero, bytes)
            if bytes > planner.edge.instances[index].footprint {
                handle(.footprintMeasured(InstanceID(index), bytes))
            }
        }
    }

    /// The engine's life is over: what it took at most is remembered.
    func rememberFootprint(of instance: InstanceID) {
        measured[instance.index] = nil
        guard let bytes = peak[instance.index] else { return }
        peak[instance.index] = nil
        Task {
            let counted = planner.edge.instances[instance.index].footprint
            let footprint = await footprints.remember(
                peak: bytes, of: deployment.models[instance.index], countedOn: counted)
            if footprint != counted { handle(.footprintMeasured(instance, footprint)) }
        }
    }
}
