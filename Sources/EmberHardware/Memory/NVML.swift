import EmberSystem
import Foundation

/// NVIDIA GPUs as their driver reports them: memory, processes, power and energy.
///
/// The calls are short (well under a millisecond) but enter the driver, and the first, `init`, may take seconds while
/// a GPU wakes up: make them on a thread of your own, not on the cooperative pool.
public final class NVML: Sendable {
    #if canImport(Darwin)
        public static let defaultLibrary = "libnvidia-ml.dylib"
    #else
        public static let defaultLibrary = "libnvidia-ml.so.1"
    #endif

    /// One GPU's figures at one moment.
    public struct Device: Hashable, Sendable {
        public let index: Int
        public let name: String
        /// By which CUDA takes it too ("GPU-..."); nil where the driver does not say it.
        public let uuid: String?
        public let totalBytes: Int
        public let usedBytes: Int
        public let freeBytes: Int
        /// Nil where the device does not measure it.
        public let powerWatts: Double?
        /// Energy since the driver was loaded; nil where the device does not count it.
        public let energyMillijoules: UInt64?
    }

    /// NVML's codes for "this device cannot" and "the buffer is too small".
    private static let notSupported: Int32 = 3
    private static let insufficientSize: Int32 = 7
    private static let maximumDevices: UInt32 = 256
    private static let maximumProcesses = 1 << 16

    private let library: NVMLLibrary

    /// Loads the library and starts it.
    ///
    /// - Parameter path: a file, or a name that the dynamic loader searches for.
    /// - Throws: `NVMLError` when there is no library, a function is missing, or the driver is not running.
    public convenience init(path: String = NVML.defaultLibrary) throws(NVMLError) {
        try self.init(library: NVMLLibrary(path: path))
    }

    init(library: NVMLLibrary) throws(NVMLError) {
        self.library = library
        try library.check(library.start(), "nvmlInit_v2")
    }

    deinit { _ = library.shutdown() }

    /// All GPUs, by index; all of them must answer.
    public func devices() throws(NVMLError) -> [Device] {
        var devices: [Device] = []
        for (index, handle) in try handles().enumerated() { devices.append(try device(handle, index: index)) }
        return devices
    }

    /// All GPUs, by index; why it does not answer, in the place of one that has failed.
    public func list() throws(NVMLError) -> [Result<Device, NVMLError>] {
        try (0..<count()).map { index in
            do throws(NVMLError) {
                return .success(try device(try handle(index), index: index))
            } catch {
                return .failure(error)
            }
        }
    }

    /// Memory of all GPUs together, in bytes.
    public func memory() throws(NVMLError) -> (totalBytes: Int, usedBytes: Int, freeBytes: Int) {
        var sum = (totalBytes: 0, usedBytes: 0, freeBytes: 0)
        for handle in try handles() {
            let memory = try memory(of: handle)
            sum.totalBytes += Self.bytes(memory.total)
            sum.usedBytes += Self.bytes(memory.used)
            sum.freeBytes += Self.bytes(memory.free)
        }
        return sum
    }

    /// Energy of all GPUs together since the driver was loaded; nil where none counts it.
    public func energyMillijoules() throws(NVMLError) -> UInt64? {
        var sum: UInt64?
        for handle in try handles() {
            if let own = try energy(of: handle) { sum = (sum ?? 0) + own }
        }
        return sum
    }

    /// Bytes that the given processes hold on all GPUs; processes that are not there count nothing.
    ///
    /// Nil when the driver lists one of them without a figure (Windows' WSL, some virtual GPUs). A GPU that has failed
    /// counts nothing, as long as another one answers.
    public func usedBytes(of pids: Set<Int32>) throws(NVMLError) -> Int? {
        let uses = try usedBytesByDevice(of: pids)
        var (sum, failure, answers) = (0, NVMLError?.none, 0)
        for use in uses {
            switch use {
            case .success(let bytes):
                guard let bytes else { return nil }
                sum += bytes
                answers += 1
            case .failure(let error): failure = error
            }
        }
        if let failure, answers == 0 { throw failure }
        return sum
    }

    /// The same by device.
    public func usedBytesByDevice(of pids: Set<Int32>) throws(NVMLError) -> [Result<Int?, NVMLError>] {
        try (0..<count()).map { index in
            do throws(NVMLError) {
                var sum = 0
                for (pid, bytes) in try processes(on: try handle(index)) where pids.contains(pid) {
                    guard let bytes else { return .success(nil) }
                    sum += bytes
                }
                return .success(sum)
            } catch {
                return .failure(error)
            }
        }
    }

    // MARK: One device

    private func count() throws(NVMLError) -> Int {
        var count: UInt32 = 0
        try library.check(library.deviceCount(&count), "nvmlDeviceGetCount_v2")
        return Int(min(count, Self.maximumDevices))
    }

    private func handle(_ index: Int) throws(NVMLError) -> NVMLLibrary.Device {
        var handle: NVMLLibrary.Device?
        try library.check(library.deviceHandle(UInt32(index), &handle), "nvmlDeviceGetHandleByIndex_v2")
        guard let handle else {
            throw .callFailed(call: "nvmlDeviceGetHandleByIndex_v2", code: 0, message: "no device")
        }
        return handle
    }

    private func handles() throws(NVMLError) -> [NVMLLibrary.Device] {
        var handles: [NVMLLibrary.Device] = []
        for index in 0..<(try count()) { handles.append(try handle(index)) }
        return handles
    }

    private func device(_ handle: NVMLLibrary.Device, index: Int) throws(NVMLError) -> Device {
        let memory = try memory(of: handle)
        return Device(
            index: index, name: try text(of: handle, library.deviceTexts.name, "nvmlDeviceGetName"),
            uuid: try? library.deviceTexts.uuid.map { try text(of: handle, $0, "nvmlDeviceGetUUID") },
            totalBytes: Self.bytes(memory.total), usedBytes: Self.bytes(memory.used),
            freeBytes: Self.bytes(memory.free),
            powerWatts: try power(of: handle), energyMillijoules: try energy(of: handle))
    }

    private func text(
        of handle: NVMLLibrary.Device, _ get: NVMLLibrary.GetName, _ call: String
    ) throws(NVMLError) -> String {
        var text = [CChar](repeating: 0, count: 96)
        try library.check(get(handle, &text, UInt32(text.count)), call)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func memory(of handle: NVMLLibrary.Device) throws(NVMLError) -> NVMLLibrary.Memory {
        var memory = NVMLLibrary.Memory()
        try library.check(library.deviceMemory(handle, &memory), "nvmlDeviceGetMemoryInfo")
        return memory
    }

    private func power(of handle: NVMLLibrary.Device) throws(NVMLError) -> Double? {
        guard let call = library.power else { return nil }
        var milliwatts: UInt32 = 0
        let code = call(handle, &milliwatts)
        if code == Self.notSupported { return nil }
        try library.check(code, "nvmlDeviceGetPowerUsage")
        return Double(milliwatts) / 1000
    }

    private func energy(of handle: NVMLLibrary.Device) throws(NVMLError) -> UInt64? {
        guard let call = library.energy else { return nil }
        var millijoules: UInt64 = 0
        let code = call(handle, &millijoules)
        if code == Self.notSupported { return nil }
        try library.check(code, "nvmlDeviceGetTotalEnergyConsumption")
        return millijoules
    }

    // MARK: Processes

    private func processes(on handle: NVMLLibrary.Device) throws(NVMLError) -> [(pid: Int32, bytes: Int?)] {
        var capacity = 64
        while true {
            var entries = [UInt8](repeating: 0, count: capacity * library.processes.entryBytes)
            var count = UInt32(capacity)
            let code = library.processes.call(handle, &count, &entries)
            // Processes may start between two calls: ask again with room for twice as many.
            if code == Self.insufficientSize, capacity < Self.maximumProcesses {
                capacity = min(Self.maximumProcesses, 2 * max(capacity, Int(count)))
                continue
            }
            if code == Self.notSupported { return [] }
            try library.check(code, "nvmlDeviceGetComputeRunningProcesses")
            return (0..<min(Int(count), capacity)).map { process($0, in: entries) }
        }
    }

    private func process(_ index: Int, in entries: [UInt8]) -> (pid: Int32, bytes: Int?) {
        entries.withUnsafeBytes { raw in
            let start = index * library.processes.entryBytes
            let pid = raw.loadUnaligned(fromByteOffset: start, as: UInt32.self)
            let used = raw.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self)
            return (Int32(truncatingIfNeeded: pid), used == .max ? nil : Self.bytes(used))
        }
    }

    private static func bytes(_ value: UInt64) -> Int { Int(min(value, UInt64(Clamped.ceiling))) }
}
