import EmberHardware

/// The GPUs that CUDA is let see by Ember's own environment, which its engines inherit.
struct VisibleGPUs {
    /// By NVIDIA's number.
    let hidden: [Int]

    init(_ list: [Result<NVML.Device, NVMLError>], _ environment: [String: String]) throws(DeploymentError) {
        guard let text = environment["CUDA_VISIBLE_DEVICES"] else {
            hidden = []
            return
        }
        let isByBus = environment["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
        var visible: [Int] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            let name = word.trimmingPrefix { $0 == " " }
            let numbered = isByBus ? Int(name).flatMap { list.indices.contains($0) ? $0 : nil } : nil
            let named = list.indices.filter { index in
                guard name.hasPrefix("GPU-"), let uuid = try? list[index].get().uuid else { return false }
                return uuid.hasPrefix(name)
            }
            guard let index = numbered ?? (named.count == 1 ? named[0] : nil) else {
                throw DeploymentError(
                    """
                    CUDA_VISIBLE_DEVICES=\(text) in Ember's environment does not say which of NVIDIA's \(list.count) GPUs \
                    are meant; write their UUIDs (nvidia-smi -L), set CUDA_DEVICE_ORDER=PCI_BUS_ID too, or unset it and \
                    write memory.gpu_budgets
                    """)
            }
            visible.append(index)
        }
        hidden = list.indices.filter { !visible.contains($0) }
    }
}
