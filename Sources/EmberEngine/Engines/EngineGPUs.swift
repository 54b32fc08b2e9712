/// The GPUs that an engine gets, where Ember gives them: others are not there for its CUDA.
public struct EngineGPUs: Sendable, Equatable {
    /// As CUDA takes them.
    public var ids: [String]
    /// In which proportions it is divided over them, in their order.
    public var shares: [Int]

    public init(ids: [String], shares: [Int]) {
        self.ids = ids
        self.shares = shares
    }

    /// Numbers follow NVIDIA's order, too.
    var environment: [String: String] {
        ["CUDA_VISIBLE_DEVICES": ids.joined(separator: ","), "CUDA_DEVICE_ORDER": "PCI_BUS_ID"]
    }

    /// What divides a llama-server.
    var llamaServerArguments: [String] {
        guard ids.count > 1 else { return [] }
        return ["--split-mode", "layer", "--tensor-split", shares.map { "\($0)" }.joined(separator: ",")]
    }
}

extension LlamaServerFlags {
    /// Where the operator's own flags or variables of llama-server choose its GPUs; nil: nowhere. A split by rows keeps
    /// to the shares, as one by layers does.
    public static func choiceOfGPU(_ arguments: [String], variables: [String: String]) -> String? {
        let flags: Set = ["-dev", "--device", "-ts", "--tensor-split", "-mg", "--main-gpu"]
        let modes: Set = ["-sm", "--split-mode"]
        for (index, argument) in arguments.enumerated() {
            let name = name(of: argument)
            if flags.contains(name) { return "args: \(name)" }
            let mode = index + 1 < arguments.count ? arguments[index + 1] : ""
            if modes.contains(name), !["layer", "row"].contains(mode) { return "args: \(name) \(mode)" }
        }
        let names = ["LLAMA_ARG_DEVICE", "LLAMA_ARG_TENSOR_SPLIT", "LLAMA_ARG_MAIN_GPU", "LLAMA_ARG_SPLIT_MODE"]
        return names.first { variables[$0] != nil }.map { "env: \($0)" }
    }
}
