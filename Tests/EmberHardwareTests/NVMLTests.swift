import EmberCore
import Foundation
import Testing

@testable import EmberHardware

/// NVML against a library with its functions (Tests/FakeNVML); serialized, because that library's figures are global.
@Suite(.serialized) struct NVMLTests {
    private let fake: FakeNVML

    init() throws {
        fake = try FakeNVML()
        fake.reset()
    }

    @Test func devicesAreListed() throws {
        let devices = try NVML(path: FakeNVML.path).devices()
        #expect(devices.map(\.name) == ["Fake GPU A", "Fake GPU B"])
        #expect(devices.map(\.uuid) == ["GPU-fake-0", "GPU-fake-1"])
        #expect(devices.map(\.totalBytes) == [24 << 30, 8 << 30])
        #expect(devices.map(\.usedBytes) == [4 << 30, 1 << 30])
        #expect(devices.map(\.freeBytes) == [20 << 30, 7 << 30])
        #expect(devices.map(\.powerWatts) == [75.5, nil])
        #expect(devices.map(\.energyMillijoules) == [123_456_789, nil])
    }

    @Test func memoryIsSummed() throws {
        let memory = try NVML(path: FakeNVML.path).memory()
        #expect(memory == (totalBytes: 32 << 30, usedBytes: 5 << 30, freeBytes: 27 << 30))
    }

    @Test func energyIsSummedOverDevicesThatCountIt() throws {
        #expect(try NVML(path: FakeNVML.path).energyMillijoules() == 123_456_789)
        let old = try NVML(
            library: NVMLLibrary(path: FakeNVML.path, missing: ["nvmlDeviceGetTotalEnergyConsumption"]))
        #expect(try old.energyMillijoules() == nil)
    }

    @Test(arguments: ["", "_v3", "_v3 and _v2"]) func processesAreSummedOverDevices(missing: String) throws {
        let name = "nvmlDeviceGetComputeRunningProcesses"
        let absent = missing.split(separator: " and ").map { name + $0 }
        fake.add(device: 0, pid: 100, bytes: 1 << 30)
        fake.add(device: 1, pid: 100, bytes: 1 << 20)
        fake.add(device: 1, pid: 200, bytes: 1 << 10)
        fake.add(device: 0, pid: 300, bytes: 7)
        let nvml = try NVML(library: NVMLLibrary(path: FakeNVML.path, missing: Set(absent)))
        #expect(try nvml.usedBytes(of: [100, 200, 999]) == (1 << 30) + (1 << 20) + (1 << 10))
        #expect(try nvml.usedBytes(of: []) == 0)
    }

    @Test func moreProcessesThanTheFirstBufferHolds() throws {
        for pid in 1...200 { fake.add(device: 0, pid: UInt32(pid), bytes: 2) }
        #expect(try NVML(path: FakeNVML.path).usedBytes(of: Set(1...200)) == 400)
    }

    @Test func unknownProcessMemoryIsNil() throws {
        fake.add(device: 0, pid: 100, bytes: .max)
        let nvml = try NVML(path: FakeNVML.path)
        #expect(try nvml.usedBytes(of: [100]) == nil)
        #expect(try nvml.usedBytes(of: [200]) == 0)
    }

    @Test func driverErrorNamesCallAndReason() throws {
        fake.fail("nvmlInit_v2", code: 9)
        let start = #expect(throws: NVMLError.self) { try NVML(path: FakeNVML.path) }
        #expect(start == .callFailed(call: "nvmlInit_v2", code: 9, message: "Driver Not Loaded"))
        fake.reset()
        let nvml = try NVML(path: FakeNVML.path)
        fake.fail("nvmlDeviceGetMemoryInfo", code: 999)
        #expect(throws: NVMLError.self) { try nvml.memory() }
        fake.fail("nvmlDeviceGetPowerUsage", code: 3)
        #expect(try nvml.devices().map(\.powerWatts) == [nil, nil])
    }

    /// Three cards, the second of which has fallen off the bus.
    @Test func aLostDeviceKeepsItsPlace() throws {
        fake.setDevices([(12 << 30, 1 << 30), (12 << 30, 0), (24 << 30, 0)])
        let nvml = try NVML(path: FakeNVML.path)
        for device: UInt32 in 0...2 { fake.add(device: device, pid: 7, bytes: UInt64(1 + device)) }
        #expect(try nvml.usedBytesByDevice(of: [7]).map { try $0.get() } == [1, 2, 3])
        fake.lose(1)
        let list = try nvml.list()
        #expect(list.map { try? $0.get().totalBytes } == [12 << 30, nil, 24 << 30])
        let lost = NVMLError.callFailed(call: "nvmlDeviceGetMemoryInfo", code: 15, message: "GPU is lost")
        #expect(list[1] == .failure(lost))
        #expect(throws: lost) { try nvml.devices() }
        #expect(try nvml.usedBytesByDevice(of: [7]).map { try? $0.get() } == [1, nil, 3])
        #expect(try nvml.usedBytes(of: [7]) == 4)
        // With none that answers, nothing is known.
        fake.setDevices([(12 << 30, 0)])
        fake.lose(0)
        #expect(throws: NVMLError.self) { try nvml.usedBytes(of: [7]) }
    }

    @Test func anOldDriverHasNoUUIDs() throws {
        let old = try NVML(library: NVMLLibrary(path: FakeNVML.path, missing: ["nvmlDeviceGetUUID"]))
        #expect(try old.devices().map(\.uuid) == [nil, nil])
    }

    @Test func shutdownFollowsInit() throws {
        do {
            let nvml = try NVML(path: FakeNVML.path)
            #expect(fake.openCount == 1)
            withExtendedLifetime(nvml) {}
        }
        #expect(fake.openCount == 0)
    }

    @Test func missingLibraryAndFunctionAreTold() {
        let missing = #expect(throws: NVMLError.self) { try NVML(path: "/nowhere/libnvidia-ml.so.1") }
        #expect(missing?.description.contains("/nowhere/libnvidia-ml.so.1") == true)
        let old = #expect(throws: NVMLError.self) {
            try NVML(library: NVMLLibrary(path: FakeNVML.path, missing: ["nvmlDeviceGetCount_v2"]))
        }
        #expect(old == .symbolMissing(name: "nvmlDeviceGetCount_v2", path: FakeNVML.path))
    }

    @Test func shareOfGPUMemoryAsksTheLibrary() throws {
        #expect(try MemoryBudget.share(0.5).budgetBytes(on: .gpu, nvmlLibrary: FakeNVML.path) == 16 << 30)
        let error = #expect(throws: MemoryBudgetError.self) {
            try MemoryBudget.share(0.5).budgetBytes(on: .gpu, nvmlLibrary: "/nowhere/nvml.so")
        }
        #expect(error?.description.contains("/nowhere/nvml.so") == true)
        #expect(error?.description.contains("in bytes") == true)
    }
}

/// The fake library's own functions, found the way NVML's are.
private struct FakeNVML {
    static let path = locate()

    private let handle: UnsafeMutableRawPointer

    init() throws {
        let opened = dlopen(Self.path, RTLD_NOW | RTLD_LOCAL)
        handle = try #require(opened, "the package's product FakeNVML is not built: \(Self.path)")
    }

    func reset() { symbol("fake_nvml_reset", as: (@convention(c) () -> Void).self)() }

    func fail(_ function: String, code: Int32) {
        symbol("fake_nvml_fail", as: (@convention(c) (UnsafePointer<CChar>, Int32) -> Void).self)(function, code)
    }

    func add(device: UInt32, pid: UInt32, bytes: UInt64) {
        symbol("fake_nvml_add_process", as: (@convention(c) (UInt32, UInt32, UInt64) -> Void).self)(device, pid, bytes)
    }

    func setDevices(_ devices: [(total: UInt64, used: UInt64)]) {
        symbol("fake_nvml_clear_devices", as: (@convention(c) () -> Void).self)()
        for device in devices {
            symbol("fake_nvml_add_device", as: (@convention(c) (UInt64, UInt64) -> Void).self)(
                device.total, device.used)
        }
    }

    func lose(_ device: Int32) { symbol("fake_nvml_lose", as: (@convention(c) (Int32) -> Void).self)(device) }

    var openCount: Int32 { symbol("fake_nvml_open_count", as: (@convention(c) () -> Int32).self)() }

    private func symbol<Function>(_ name: String, as type: Function.Type) -> Function {
        unsafeBitCast(dlsym(handle, name), to: type)
    }

    /// Beside the test executable on Linux, beside the test bundle on macOS.
    private static func locate() -> String {
        #if canImport(Darwin)
            let folders = Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent().path }
            let name = "libFakeNVML.dylib"
        #else
            let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
            let folders = [(executable as NSString).deletingLastPathComponent]
            let name = "libFakeNVML.so"
        #endif
        let files = folders.map { "\($0)/\(name)" }
        return files.first { FileManager.default.fileExists(atPath: $0) } ?? name
    }
}
