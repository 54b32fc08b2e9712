/// The memory that models share.
public enum MemoryDevice: String, Hashable, Sendable, CaseIterable {
    case ram
    /// The memory of the GPUs, of each by itself.
    case gpu
}

/// How much memory models may use together: a number of bytes, or a share of the device's memory.
public enum MemoryBudget: Hashable, Sendable {
    case bytes(Int)
    /// Above 0, at most 1.
    case share(Double)
}
