import Foundation

/// NVML's functions, found by name at run time so that no NVIDIA header or library is needed to build.
///
/// Structures follow NVIDIA's public `nvml.h`; only their layout is written down here.
///
/// Unchecked: everything stored is set once, and NVML documents its calls as safe from several threads.
final class NVMLLibrary: @unchecked Sendable {
    typealias Device = OpaquePointer
    typealias Code = Int32

    /// `nvmlMemory_t`.
    struct Memory {
        var total: UInt64 = 0
        var free: UInt64 = 0
        var used: UInt64 = 0
    }

    /// `nvmlProcessInfo_t` of the _v2 and _v3 calls; the unversioned call's entries end after `usedGPUMemory`.
    struct Process {
        var pid: UInt32 = 0
        var usedGPUMemory: UInt64 = 0
        var gpuInstance: UInt32 = 0
        var computeInstance: UInt32 = 0
    }

    typealias NoArguments = @convention(c) () -> Code
    typealias ErrorText = @convention(c) (Code) -> UnsafePointer<CChar>?
    typealias GetCount = @convention(c) (UnsafeMutablePointer<UInt32>) -> Code
    typealias GetHandle = @convention(c) (UInt32, UnsafeMutablePointer<Device?>) -> Code
    typealias GetName = @convention(c) (Device, UnsafeMutablePointer<CChar>, UInt32) -> Code
    typealias GetMemory = @convention(c) (Device, UnsafeMutableRawPointer) -> Code
    typealias GetProcesses = @convention(c) (Device, UnsafeMutablePointer<UInt32>, UnsafeMutableRawPointer?) -> Code
    typealias GetUInt32 = @convention(c) (Device, UnsafeMutablePointer<UInt32>) -> Code
    typealias GetUInt64 = @convention(c) (Device, UnsafeMutablePointer<UInt64>) -> Code

    let path: String
    let start: NoArguments
    let shutdown: NoArguments
    let errorText: ErrorText
    let deviceCount: GetCount
    let deviceHandle: GetHandle
    /// The UUID's is absent in very old drivers.
    let deviceTexts: (name: GetName, uuid: GetName?)
    let deviceMemory: GetMemory
    /// The newest variant that the driver has, and the bytes of one of its entries.
    let processes: (call: GetProcesses, entryBytes: Int)
    /// Milliwatts; absent in very old drivers.
    let power: GetUInt32?
    /// Millijoule since the driver was loaded; absent before Volta's drivers.
    let energy: GetUInt64?

    private let handle: UnsafeMutableRawPointer

    /// - Parameter missing: functions to treat as absent, as in older drivers.
    init(path: String, missing: Set<String> = []) throws(NVMLError) {
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw .libraryMissing(path: path, reason: dlerror().map { String(cString: $0) } ?? "unknown reason")
        }
        do {
            let symbols = Symbols(handle: handle, path: path, missing: missing)
            start = try symbols.required("nvmlInit_v2")
            shutdown = try symbols.required("nvmlShutdown")
            errorText = try symbols.required("nvmlErrorString")
            deviceCount = try symbols.required("nvmlDeviceGetCount_v2")
            deviceHandle = try symbols.required("nvmlDeviceGetHandleByIndex_v2")
            deviceTexts = (try symbols.required("nvmlDeviceGetName"), symbols.optional("nvmlDeviceGetUUID"))
            deviceMemory = try symbols.required("nvmlDeviceGetMemoryInfo")
            processes = try Self.processesCall(symbols)
            power = symbols.optional("nvmlDeviceGetPowerUsage")
            energy = symbols.optional("nvmlDeviceGetTotalEnergyConsumption")
        } catch {
            dlclose(handle)
            throw error
        }
        self.path = path
        self.handle = handle
    }

    deinit { dlclose(handle) }

    func check(_ code: Code, _ call: String) throws(NVMLError) {
        guard code != 0 else { return }
        let message = errorText(code).map { String(cString: $0) } ?? "unknown error"
        throw .callFailed(call: call, code: code, message: message)
    }

    private static func processesCall(_ symbols: Symbols) throws(NVMLError) -> (call: GetProcesses, entryBytes: Int) {
        let name = "nvmlDeviceGetComputeRunningProcesses"
        let entryBytes = MemoryLayout<Process>.stride
        if let call: GetProcesses = symbols.optional(name + "_v3") { return (call, entryBytes) }
        if let call: GetProcesses = symbols.optional(name + "_v2") { return (call, entryBytes) }
        return (try symbols.required(name), 16)
    }

    private struct Symbols {
        let handle: UnsafeMutableRawPointer
        let path: String
        let missing: Set<String>

        func optional<Function>(_ name: String) -> Function? {
            guard !missing.contains(name) else { return nil }
            return dlsym(handle, name).map { unsafeBitCast($0, to: Function.self) }
        }

        func required<Function>(_ name: String) throws(NVMLError) -> Function {
            guard let function: Function = optional(name) else { throw .symbolMissing(name: name, path: path) }
            return function
        }
    }
}
