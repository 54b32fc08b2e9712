import EmberCore
import EmberEngine
import EmberHardware

// The GPUs, where the budget is theirs.
extension FootprintKeeper {
    /// What a GPU has and holds at one moment.
    private struct Reading: Sendable {
        let name: String
        let totalBytes: Int
        let usedBytes: Int
        /// Of that, what Ember's engines hold; nil: the driver does not say it.
        let ownBytes: Int?
    }

    /// What an engine of that layout is started with.
    func engineGPUs(_ layout: DeviceLayout) -> EngineGPUs {
        EngineGPUs(
            ids: layout.parts.map { part in
                let device = gpus.indices.contains(part.device) ? try? gpus[part.device].get() : nil
                return device?.uuid ?? "\(part.device)"
            },
            shares: layout.parts.map(\.weight))
    }

    /// What GPUs hold now; nil where the budget is not theirs, or nothing is known of them.
    ///
    /// - Parameters:
    ///   - roots: of the engines' trees of processes.
    ///   - uses: what the planner counts.
    func view(roots: [Int32], _ uses: [DeviceUse]) async -> [StateView.GPU]? {
        guard !gpus.isEmpty, gpus.count == uses.count else { return nil }
        let readings = await read(roots)
        return uses.enumerated().map { index, use in
            let reading = readings.indices.contains(index) ? readings[index] : nil
            let atStart = try? gpus[index].get()
            return StateView.GPU(
                index: index, name: reading?.name ?? atStart?.name ?? "failed",
                totalBytes: reading?.totalBytes ?? atStart?.totalBytes ?? 0, budgetBytes: use.budget.count,
                occupiedBytes: use.occupied.count, committedBytes: use.committed.count, heldBytes: reading?.ownBytes,
                othersBytes: reading.flatMap { held in held.ownBytes.map { max(0, held.usedBytes - $0) } })
        }
    }

    /// By number; nil for one that does not answer.
    private func read(_ roots: [Int32]) async -> [Reading?] {
        await queue.run { [nvml] in
            let pids = Set(roots.flatMap { ProcessMemory.tree(root: $0) })
            guard let list = try? nvml?.list(), let own = try? nvml?.usedBytesByDevice(of: pids) else { return [] }
            return zip(list, own).map { device, own in
                (try? device.get()).map {
                    Reading(
                        name: $0.name, totalBytes: $0.totalBytes, usedBytes: $0.usedBytes,
                        ownBytes: (try? own.get()) ?? nil)
                }
            }
        }
    }
}
