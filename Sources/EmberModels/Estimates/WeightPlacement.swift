import EmberSystem

/// Where the weights go: host memory, GPU memory, and the second layout that llama.cpp makes of some for the CPU.
struct WeightPlacement {
    let hostBytes: Int
    let gpuBytes: Int
    /// Bytes of CPU weights that are stored a second time in a layout for wide instructions.
    let repackedBytes: Int

    /// Types that llama.cpp repacks, by CPU family; a portable x86 build uses AVX2.
    #if arch(arm64)
        static let repackedTypes: Set<String> = ["Q4_0", "Q4_K", "Q5_K", "Q6_K", "Q8_0", "IQ4_NL", "MXFP4", "Q1_0"]
        private static let rowMultiple = 4
    #else
        static let repackedTypes: Set<String> = ["Q4_0", "Q4_K", "IQ4_NL", "MXFP4"]
        private static let rowMultiple = 8
    #endif

    init(_ header: GGUFHeader, _ settings: LoadSettings, repacking types: Set<String> = Self.repackedTypes) {
        let blocks = header.boundedBlockCount
        let firstOnGPU = blocks + 1 - max(0, min(settings.gpuLayers, blocks + 1))
        let tied = header.tensor(named: "output.weight") == nil
        var (host, gpu, repacked) = (0, 0, 0)
        for tensor in header.tensors {
            let bytes = tensor.byteCount
            let repackable = types.contains(tensor.type.name) && Self.isMatrix(tensor)
            if tensor.name.hasPrefix("token_embd") {
                host += bytes
                // A model without an output matrix uses the embedding again, and needs it where the output layer is.
                guard tied, tensor.name == "token_embd.weight" else { continue }
                if blocks >= firstOnGPU { gpu += bytes } else if repackable { repacked += bytes }
            } else if tensor.block ?? blocks >= firstOnGPU {
                gpu += bytes
            } else {
                host += bytes
                // Without mapping, a repacked matrix exists in its new layout only.
                if repackable, settings.memoryMapped { repacked += bytes }
            }
        }
        (hostBytes, gpuBytes, repackedBytes) = (
            min(host, Clamped.ceiling), min(gpu, Clamped.ceiling), min(repacked, Clamped.ceiling)
        )
    }

    private static func isMatrix(_ tensor: GGUFTensor) -> Bool {
        tensor.dimensions.count >= 2 && tensor.dimensions[1] % rowMultiple == 0 && tensor.name.hasSuffix(".weight")
    }
}
