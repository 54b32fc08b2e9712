public import EmberConfig
public import EmberCore
import EmberEngine
public import EmberHardware

/// What models may use of each GPU. A GPU is a device of the planner, by NVIDIA's number, which is that of its place on
/// the bus.
public struct GPUBudgets: Sendable {
    public struct GPU: Sendable {
        public let name: String
        public let total: Bytes
        /// What other processes held of it when Ember started.
        public let others: Bytes
        public fileprivate(set) var budget = Bytes.zero
        /// Why it is not used; nil: it is, or its budget is 0.
        public fileprivate(set) var problem: String?
    }

    /// A GPU that has failed, or of which there are more than are counted, has no budget.
    public private(set) var gpus: [GPU]

    /// - Parameters:
    ///   - list: what NVIDIA's library says; empty: nothing is known of GPUs, and the budget is one sum.
    ///   - environment: of Ember, which may hide GPUs from CUDA.
    ///   - countsOthers: whether all that GPUs hold now is other programs'; not where an Ember may run.
    public init(
        _ memory: MemoryConfiguration, _ list: [Result<NVML.Device, NVMLError>], environment: [String: String],
        countsOthers: Bool = true
    ) throws(DeploymentError) {
        gpus = list.prefix(DeviceRule.mostDevices).map { answer in
            switch answer {
            case .success(let device):
                GPU(
                    name: device.name, total: Bytes(device.totalBytes),
                    others: countsOthers ? Bytes(device.usedBytes) : .zero)
            case .failure(let error):
                GPU(name: "failed", total: .zero, others: .zero, problem: error.description)
            }
        }
        try checkCount(memory)
        let areSeveral = memory.device == .gpu && gpus.count > 1
        let hidden = areSeveral ? try VisibleGPUs(list, environment).hidden : []
        for index in hidden where gpus[index].problem == nil {
            gpus[index].problem = "CUDA_VISIBLE_DEVICES of Ember's environment hides it"
        }
        try setBudgets(memory)
        guard areSeveral, gpus.allSatisfy({ $0.budget == .zero }) else { return }
        let reasons = gpus.indices.map { "GPU \($0): \(gpus[$0].problem ?? "its budget is 0")" }
        throw DeploymentError("memory.device: no GPU can be used (\(reasons.joined(separator: "; ")))")
    }

    private func checkCount(_ memory: MemoryConfiguration) throws(DeploymentError) {
        guard !memory.gpuBudgets.isEmpty else { return }
        guard memory.device == .gpu else {
            throw DeploymentError("memory.gpu_budgets has no effect with memory.device: ram; remove it, or write gpu")
        }
        guard memory.gpuBudgets.count != gpus.count else { return }
        throw DeploymentError(
            gpus.isEmpty
                ? "memory.gpu_budgets needs NVIDIA's management library, which lists no GPU here; write memory.budget"
                : "memory.gpu_budgets has \(memory.gpuBudgets.count) budgets, and there are \(gpus.count) GPUs; write "
                    + "one for each, and 0 for one that is not to be used")
    }

    private mutating func setBudgets(_ memory: MemoryConfiguration) throws(DeploymentError) {
        let usable = gpus.indices.filter { gpus[$0].problem == nil }
        let all = usable.reduce(Bytes.zero) { $0 + gpus[$1].total }
        for index in usable {
            let budget = memory.gpuBudgets.isEmpty ? memory.budget : memory.gpuBudgets[index]
            switch budget {
            case .bytes(let bytes) where memory.gpuBudgets.isEmpty:
                // A sum, as it is with a single GPU.
                gpus[index].budget = Bytes(Int(Double(bytes) * Double(gpus[index].total.count) / Double(all.count)))
            case .bytes(let bytes): gpus[index].budget = Bytes(bytes)
            case .share(let share):
                let bytes = Bytes(Int(Double(gpus[index].total.count) * share))
                // A single GPU's budget is what it was before there were several.
                let isAlone = gpus.count == 1
                gpus[index].budget = isAlone ? bytes : max(.zero, min(bytes, gpus[index].total - gpus[index].others))
            }
        }
    }

    /// The planner's devices; nil: the budget is one sum.
    var devices: [Bytes]? {
        gpus.count > 1 ? gpus.map(\.budget) : nil
    }

    /// What a model's settings contradict; nil: nothing.
    func problem(of model: ModelConfiguration, _ device: MemoryDevice, environment: [String: String]) -> String? {
        let (named, split) = (model.residency.gpus, model.residency.gpuSplit)
        if !named.isEmpty || !split.isEmpty {
            let key = named.isEmpty ? "gpu_split" : "gpus"
            guard device == .gpu else { return "\(key) has no effect with memory.device: ram; remove it, or write gpu" }
            guard !gpus.isEmpty else {
                return "\(key) needs NVIDIA's management library, which lists no GPU here; remove it"
            }
            if let missing = named.first(where: { $0 >= gpus.count }) {
                return "gpus: \(missing) is no GPU of this machine; they are 0 to \(gpus.count - 1)"
            }
            if named.isEmpty, split.count != gpus.count {
                return "gpu_split has \(split.count) shares, and there are \(gpus.count) GPUs; name some in gpus"
            }
            let own = named.isEmpty ? Array(gpus.indices) : named
            let unused = own.filter { gpus[$0].budget == .zero }
            if devices != nil, let first = unused.first, !split.isEmpty || unused.count == own.count {
                return "\(key): GPU \(first) is not used (\(gpus[first].problem ?? "its budget is 0")); leave it out"
            }
        }
        return devices == nil ? nil : choiceProblem(of: model, environment)
    }

    /// Ember chooses the GPUs of engines; what would choose others is not overruled in silence.
    private func choiceProblem(of model: ModelConfiguration, _ environment: [String: String]) -> String? {
        let fix = "; with several GPUs, Ember gives them to models: write gpus and gpu_split in its place"
        let own = model.process.environment
        if let name = ["CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"].first(where: { own[$0] != nil }) {
            return "env: \(name) chooses GPUs\(fix)"
        }
        guard case .llamaServer(let llama) = model.engine else { return nil }
        let variables = environment.merging(own) { _, own in own }
        return LlamaServerFlags.choiceOfGPU(llama.arguments, variables: variables).map { "\($0) chooses GPUs\(fix)" }
    }
}

extension DeviceRule {
    /// Where a model may be; nil: anywhere. A command does not know that it is to be divided, unless its operator says
    /// so.
    init?(_ model: ModelConfiguration) {
        let isCommand = if case .command = model.engine { true } else { false }
        self.init(devices: model.residency.gpus, split: model.residency.gpuSplit, mayDivide: !isCommand)
        if self == DeviceRule() { return nil }
    }
}

extension ModelSpec {
    /// Where it can be, for people: "0 or 1", "0+1"; nil: nowhere.
    public func placeText(_ budgets: [Bytes]) -> String? {
        let bytes = min(residentBytes, learnt?.resting ?? residentBytes)
        let layouts = DeviceLayout.all(of: self, budgets).filter { bytes <= $0.largest(within: budgets) }
        let whole = layouts.filter { !$0.isSplit }
        if !whole.isEmpty { return whole.map { "\($0.parts[0].device)" }.joined(separator: " or ") }
        return layouts.first.map { $0.parts.map { "\($0.device)" }.joined(separator: "+") }
    }
}
