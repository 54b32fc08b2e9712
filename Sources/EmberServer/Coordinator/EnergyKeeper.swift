public import EmberConfig
public import EmberCore
import EmberHardware
public import EmberSystem
public import Logging
import Synchronization

/// Reads the machine's own counters of energy: of the processor's packages, and of the GPUs where models are on those.
public final class EnergyKeeper: Sendable {
    private struct Counters {
        var packages: RAPL?
        /// As read last, in millijoules.
        var gpus: UInt64?
    }
    private let counters: Mutex<Counters>
    private let nvml: NVML?
    /// Whether anything was loaded or begun since energy was measured.
    private let hasWorked = Atomic(false)
    /// Readings enter drivers, so they stay off the cooperative pool.
    private let queue: WorkQueue

    /// nil where energy is modelled: as the operator wants it, or because nothing can be read, which is logged with
    /// what would permit it.
    ///
    /// - Parameter folder: where the kernel shows its counters.
    public init?(
        source: EnergySource, device: MemoryDevice, folder: String, logger: Logger, surroundings: Surroundings
    ) {
        guard source != .modelled else { return nil }
        // What is wrong with the driver, the measuring of footprints has said.
        let nvml = source == .auto && device == .gpu ? try? NVML() : nil
        let gpus = try? nvml?.energyMillijoules()
        var packages: RAPL?
        do throws(RAPLError) {
            packages = try RAPL(folder: folder)
        } catch {
            let rest = gpus == nil ? "energy stays modelled, by costs.joules" : "only the energy of GPUs is measured"
            logger.log(level: source == .rapl ? .warning : .info, "\(rest): \(error)")
        }
        guard packages != nil || gpus != nil else { return nil }
        self.nvml = nvml
        queue = surroundings.queue("ember.energy")
        counters = Mutex(Counters(packages: packages, gpus: gpus))
    }

    /// Joules that the machine has taken since the last call, or the beginning.
    func joules() async -> Double { await queue.run { self.read() } }

    /// The edge loads a model, or begins a request.
    func noteWork() { hasWorked.store(true, ordering: .relaxed) }

    /// Whether the edge has worked since the last call.
    ///
    /// - Parameter goesOn: what works now has a share in what is measured next.
    func takeWork(goesOn: Bool) -> Bool { hasWorked.exchange(goesOn, ordering: .relaxed) }

    private func read() -> Double {
        let gpus = try? nvml?.energyMillijoules()
        return counters.withLock { counters in
            let ofPackages = counters.packages?.joules() ?? 0
            guard let gpus, let last = counters.gpus else { return ofPackages }
            counters.gpus = gpus
            // A driver that is loaded again counts from 0.
            return ofPackages + Double(gpus >= last ? gpus - last : gpus) / 1000
        }
    }
}
