import Dispatch
import EmberConfig
public import EmberCore
import EmberEngine
public import Logging

/// What identifies a model and its settings to the memory of measured footprints.
public struct FootprintKey: Hashable, Sendable {
    let file: ModelFileIdentity
    let settings: String
}

/// Measures what engines take in memory and remembers it for their next load.
///
/// Within an engine's life only growth counts: right after a load, pages that a long prompt will touch are not there
/// yet. What a whole life has taken at most is remembered when it ends, and may then lower the figure.
public final class FootprintKeeper: Sendable {
    private let device: MemoryDevice
    private let store: FootprintStore?
    private let nvml: NVML?
    private let logger: Logger
    /// Reading /proc and writing the store block, so they stay off the cooperative pool.
    private let queue = DispatchQueue(label: "ember.footprints")

    /// - Parameter stateFolder: where measurements are remembered; nil: nowhere.
    public init(stateFolder: String?, device: MemoryDevice, logger: Logger) {
        self.device = device
        self.logger = logger
        nvml = device == .gpu ? Self.openNVML(logger) : nil
        store = stateFolder.map { folder in
            let (store, warning) = FootprintStore.open(folder: folder)
            if let warning { logger.warning("\(warning)") }
            return store
        }
    }

    /// What to count on for the model; nil when it has not been measured.
    func remembered(_ key: FootprintKey?) -> Bytes? {
        guard let key, let store else { return nil }
        return store.bytes(of: key.file, settings: key.settings).map { Bytes($0) }
    }

    /// The bytes that the process tree under `root` takes on the budget's device; nil when that cannot be seen.
    func measure(root: Int32) async -> Bytes? {
        await onQueue { [device, nvml] in
            let tree = ProcessMemory.ofTree(root: root)
            guard !tree.pids.isEmpty else { return nil }
            switch device {
            case .ram: return Bytes(tree.bytes)
            case .gpu:
                let used = try? nvml?.usedBytes(of: Set(tree.pids))
                return (used ?? nil).map { Bytes($0) }
            }
        }
    }

    /// Takes in what a life that has ended took at most; returns what to count on from now on.
    func remember(peak: Bytes, of model: ServedModel, countedOn footprint: Bytes) async -> Bytes {
        guard let key = model.footprintKey, let store else { return max(peak, footprint) }
        return await onQueue { [logger] in
            do throws(FootprintStoreError) {
                // The estimate is the first measurement, so that one idle life does not undo it.
                if store.bytes(of: key.file, settings: key.settings) == nil {
                    try store.record(measuredBytes: footprint.count, of: key.file, settings: key.settings)
                }
                return Bytes(try store.record(measuredBytes: peak.count, of: key.file, settings: key.settings))
            } catch {
                logger.warning("\(error)")
                return max(peak, footprint)
            }
        }
    }

    private func onQueue<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: work()) }
        }
    }

    private static func openNVML(_ logger: Logger) -> NVML? {
        do throws(NVMLError) {
            return try NVML()
        } catch {
            logger.warning("GPU memory is not measured, estimates stand: \(error)")
            return nil
        }
    }
}

extension FootprintKeeper {
    /// What identifies a configured model: its file, and the settings that decide memory.
    static func key(of model: ModelConfiguration, adapters: [String], device: MemoryDevice) -> FootprintKey? {
        switch model.engine {
        case .llamaServer(let llama):
            let settings = """
                \(device) ctx \(llama.contextTokens) np \(model.parallel) ngl \(llama.gpuLayers) cache \
                \(llama.promptCacheBytes) emb \(llama.givesEmbeddings) mmproj \(projector(of: llama)) \
                args \(llama.arguments)
                """ + (adapters.isEmpty ? "" : " lora \(adapters)")
            return ModelFileIdentity(file: llama.path).map { FootprintKey(file: $0, settings: settings) }
        case .command(let command):
            let identity = ModelFileIdentity(path: "command \(model.name)", sizeBytes: 0, modificationTime: 0)
            return FootprintKey(file: identity, settings: "\(device) \(command.command)")
        case .remote, .adapter: return nil
        }
    }

    private static func projector(of llama: LlamaServerSettings) -> String {
        guard let path = llama.projectorPath else { return "none" }
        return ModelFileIdentity(file: path).map { "\($0)" } ?? path
    }
}
