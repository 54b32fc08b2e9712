import EmberConfig
public import EmberCore
import EmberEngine
public import EmberHardware
import EmberModels
public import EmberSystem
public import Logging

/// What identifies a model and its settings to the memory of measured footprints.
public struct FootprintKey: Hashable, Sendable {
    let file: ModelFileIdentity
    let settings: String
}

/// Measures what engines take in memory and remembers it for their next load.
///
/// What follows from measurements is `EngineMemory`'s to say.
public final class FootprintKeeper: Sendable {
    let device: MemoryDevice
    /// The GPUs as they were at the start, by number; empty: the budget is not theirs, or nothing is known of them.
    let gpus: [Result<NVML.Device, NVMLError>]
    private let store: FootprintStore?
    let nvml: NVML?
    private let logger: Logger
    /// Reading /proc and writing the store block, so they stay off the cooperative pool.
    let queue: WorkQueue

    /// - Parameters:
    ///   - stateFolder: where measurements are remembered; nil: nowhere.
    ///   - nvmlLibrary: where NVIDIA's library is loaded from.
    public init(
        stateFolder: String?, device: MemoryDevice, nvmlLibrary: String = NVML.defaultLibrary, logger: Logger,
        surroundings: Surroundings
    ) {
        self.device = device
        self.logger = logger
        queue = surroundings.queue("ember.footprints")
        nvml = device == .gpu ? Self.openNVML(nvmlLibrary, logger) : nil
        gpus = (try? nvml?.list()) ?? []
        store = stateFolder.map { folder in
            let (store, warning) = FootprintStore.open(folder: folder, surroundings: surroundings)
            if let warning { logger.warning("\(warning)") }
            return store
        }
    }

    /// What is remembered of the model; nil where nothing has been measured.
    func footprint(_ key: FootprintKey?) -> Footprint? {
        guard let key, let store else { return nil }
        return store.footprint(of: key.file, settings: key.settings)
    }

    /// The same, as the planner takes it.
    func learnt(_ key: FootprintKey?) -> LearntMemory? {
        footprint(key).map { LearntMemory(resting: Bytes($0.resting), peak: Bytes($0.peak)) }
    }

    /// What the process tree under `root` takes on the budget's device, and the most since the call before; nil when
    /// that cannot be seen.
    func measure(root: Int32) async -> (bytes: Bytes, top: Bytes)? {
        await queue.run { [device, nvml] in
            let tree = ProcessMemory.ofTree(root: root)
            guard !tree.pids.isEmpty else { return nil }
            switch device {
            case .ram: return (Bytes(tree.bytes), Bytes(tree.top))
            case .gpu:
                let used = try? nvml?.usedBytes(of: Set(tree.pids))
                return (used ?? nil).map { (Bytes($0), Bytes($0)) }
            }
        }
    }

    /// Remembers what to expect of the model's next life.
    func remember(_ next: LearntMemory, most: Bytes, of model: ServedModel) async {
        guard let key = model.footprint.key, let store else { return }
        await queue.run { [logger] in
            do throws(FootprintStoreError) {
                try store.record(
                    resting: next.resting.count, peak: next.peak.count, most: most.count, of: key.file,
                    settings: key.settings)
            } catch {
                logger.warning("\(error)")
            }
        }
    }

    /// Forgets everything about the model's file or command.
    ///
    /// - Returns: whether there was anything.
    @discardableResult
    public func forget(_ model: ServedModel) async -> Bool {
        guard let key = model.footprint.key, let store else { return false }
        return await queue.run { [logger] in
            do throws(FootprintStoreError) {
                return try store.forget(key.file.path) > 0
            } catch {
                logger.warning("\(error)")
                return true
            }
        }
    }

    private static func openNVML(_ library: String, _ logger: Logger) -> NVML? {
        do throws(NVMLError) {
            return try NVML(path: library)
        } catch {
            logger.warning("GPU memory is not measured, estimates stand: \(error)")
            return nil
        }
    }
}

extension FootprintKeeper {
    /// What identifies a configured model: its file, and the settings that decide memory.
    static func key(
        of model: ModelConfiguration, _ launch: EngineSpec.Launch, adapters: [String], device: MemoryDevice
    ) -> FootprintKey? {
        switch model.engine {
        case .llamaServer(let llama):
            guard case .llamaServer(let options) = launch else { return nil }
            let settings = """
                \(device) ctx \(options.cacheTokens) np \(model.parallel) ngl \(llama.gpuLayers) cache \
                \(llama.promptCacheBytes) emb \(llama.givesEmbeddings) mmproj \(projector(of: llama)) \
                args \(llama.arguments)
                """ + (adapters.isEmpty ? "" : " lora \(adapters.map(identity))") + otherParts(of: llama.path)
            return ModelFileIdentity(file: llama.path).map { FootprintKey(file: $0, settings: settings) }
        case .command(let command):
            let identity = ModelFileIdentity(path: "command \(model.name)", sizeBytes: 0, modificationTime: 0)
            return FootprintKey(file: identity, settings: "\(device) \(command.command)")
        case .remote, .adapter: return nil
        }
    }

    /// Of a split model, the parts after the first.
    private static func otherParts(of path: String) -> String {
        let others = LlamaServerOptions(program: "", modelPath: path).weightFiles.dropFirst()
        return others.isEmpty ? "" : " parts \(others.map(identity))"
    }

    private static func identity(of path: String) -> String {
        ModelFileIdentity(file: path).map { "\($0.path) \($0.sizeBytes) \($0.modificationTime)" } ?? path
    }

    private static func projector(of llama: LlamaServerSettings) -> String {
        guard let path = llama.projectorPath else { return "none" }
        return ModelFileIdentity(file: path).map { "\($0)" } ?? path
    }
}
