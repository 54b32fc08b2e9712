public import EmberCore

extension MemoryBudget {
    /// The budget in bytes, given what the machine has.
    ///
    /// A figure is taken as it is, on any device: GPUs without NVML (Apple, AMD) can be budgeted that way.
    /// - Throws: `MemoryBudgetError` for a figure or share out of range, or a share of a device of unknown size.
    public func budgetBytes(on device: MemoryDevice, totalBytes: Int?) throws(MemoryBudgetError) -> Int {
        switch self {
        case .bytes(let bytes):
            guard bytes > 0 else { throw .bytesOutOfRange(bytes) }
            return bytes
        case .share(let share):
            guard share > 0, share <= 1 else { throw .shareOutOfRange(share) }
            guard let totalBytes, totalBytes > 0 else { throw .totalUnknown(device, reason: nil) }
            // At most the total: a total above 2^53 could be rounded up when it becomes a Double.
            return min(totalBytes, Int(Double(totalBytes) * share))
        }
    }

    /// The budget in bytes on this machine; asks the operating system or NVML only when a share needs the total.
    ///
    /// - Parameter nvmlLibrary: where NVML is loaded from, should it be asked.
    public func budgetBytes(
        on device: MemoryDevice, nvmlLibrary: String = NVML.defaultLibrary
    ) throws(MemoryBudgetError) -> Int {
        guard case .share = self else { return try budgetBytes(on: device, totalBytes: nil) }
        switch device {
        case .ram: return try budgetBytes(on: .ram, totalBytes: SystemMemory.current()?.totalBytes)
        case .gpu:
            let total: Int
            do {
                total = try NVML(path: nvmlLibrary).memory().totalBytes
            } catch {
                throw .totalUnknown(.gpu, reason: error.description)
            }
            return try budgetBytes(on: .gpu, totalBytes: total)
        }
    }
}

/// Why a budget has no size in bytes.
public enum MemoryBudgetError: Error, Hashable, Sendable, CustomStringConvertible {
    case shareOutOfRange(Double)
    case bytesOutOfRange(Int)
    case totalUnknown(MemoryDevice, reason: String?)

    public var description: String {
        switch self {
        case .shareOutOfRange(let share): "memory share \(share) must be above 0 and at most 1, for example 0.6"
        case .bytesOutOfRange(let bytes): "memory budget of \(bytes) bytes must be above 0"
        case .totalUnknown(let device, let reason):
            "a share of \(device.rawValue) memory needs its size, which is unknown\(reason.map { " (\($0))" } ?? ""): "
                + "give the budget in bytes"
        }
    }
}
