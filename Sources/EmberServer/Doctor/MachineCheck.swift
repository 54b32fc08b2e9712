import EmberConfig
import EmberCore
import EmberHardware
import EmberSystem
import Foundation

/// Memory, GPUs, descriptors and the clock.
struct MachineCheck: Sendable {
    let memory: MemoryConfiguration
    var environment: [String: String] = [:]

    /// Blocks: the first question to a GPU may wake it.
    var findings: [Finding] {
        [ram(.current(), machineBytes: Int(clamping: ProcessInfo.processInfo.physicalMemory)), gpu()]
    }

    func ram(_ system: SystemMemory?, machineBytes: Int) -> Finding {
        guard let system else {
            return Finding(
                "memory", .warning, "the system does not say how much there is",
                fix: "write memory.budget in bytes, such as 8GiB")
        }
        // What the kernel keeps for itself makes the total smaller, too.
        let isLimited = system.totalBytes < machineBytes / 10 * 9
        var text = "\(Bytes(system.totalBytes).megabytes)\(isLimited ? " (the control group's limit)" : "")"
        text += ", \(Bytes(system.availableBytes).megabytes) of it free"
        guard memory.device == .ram else { return Finding("memory", text) }
        do throws(MemoryBudgetError) {
            let budget = try memory.budget.budgetBytes(on: .ram, totalBytes: system.totalBytes)
            text += "; memory.budget is \(Bytes(budget).megabytes)"
            if budget > system.totalBytes {
                return Finding("memory", .problem, text, fix: "lower memory.budget, or write a share such as 60%")
            }
            guard budget > system.availableBytes else { return Finding("memory", text) }
            return Finding("memory", .warning, text, fix: "end other programs, or lower memory.budget")
        } catch {
            return Finding("memory", .problem, text, fix: error.description)
        }
    }

    func gpu(library: String = NVML.defaultLibrary) -> Finding {
        do throws(NVMLError) {
            let list = try NVML(path: library).list()
            return list.isEmpty ? withoutGPU("there is none") : found(list)
        } catch {
            return withoutGPU(error.description)
        }
    }

    private func found(_ list: [Result<NVML.Device, NVMLError>]) -> Finding {
        let budgets: GPUBudgets
        do throws(DeploymentError) {
            budgets = try GPUBudgets(memory, list, environment: environment, countsOthers: false)
        } catch {
            return Finding("GPU", .problem, "\(list.count) GPUs", fix: error.description)
        }
        let isShared = memory.device == .gpu && list.count > 1
        let texts = zip(list, budgets.gpus).enumerated().map { index, gpu in
            let number = list.count > 1 ? "\(index): " : ""
            switch gpu.0 {
            case .failure(let error): return "\(number)fails (\(OneLine.of(error.description)))"
            case .success(let device):
                let free = "\(Bytes(device.freeBytes).megabytes) of it free"
                let budget = gpu.1.problem.map { "not used: \($0)" } ?? "budget \(gpu.1.budget.megabytes)"
                return "\(number)\(device.name) with \(Bytes(device.totalBytes).megabytes), \(free)"
                    + (isShared ? ", \(budget)" : "")
            }
        }
        let hasFailed = list.contains { (try? $0.get()) == nil }
        return Finding(
            "GPU", hasFailed ? .warning : .ok, texts.joined(separator: "; "),
            fix: hasFailed ? "see nvidia-smi and the kernel's log; a GPU that has failed is not used" : nil)
    }

    private func withoutGPU(_ reason: String) -> Finding {
        let text = "none that NVIDIA's management library reports (\(OneLine.of(reason)))"
        guard memory.device == .gpu else { return Finding("GPU", text) }
        guard case .share = memory.budget else {
            return Finding("GPU", .warning, text, fix: "check that memory.budget is what the GPU has")
        }
        return Finding(
            "GPU", .problem, text,
            fix: "install NVIDIA's driver, write memory.budget in bytes, or write memory.device: ram")
    }

    static func descriptors(_ configuration: Configuration, limit: Int = OpenFiles.limit) -> Finding {
        let wanted = configuration.network.connections.limit
        let affordable = ConnectionLimits.affordable(descriptors: limit, models: configuration.models.count)
        let text = "\(limit) may be open, enough for \(affordable) connections; connections.limit is \(wanted)"
        guard affordable < wanted else { return Finding("open files", text) }
        return Finding(
            "open files", .warning, text,
            fix: "raise the limit (LimitNOFILE of the unit, or ulimit -n), or lower connections.limit")
    }

    /// - Parameter seconds: since 1970.
    static func clock(_ seconds: Double) -> Finding {
        let text = Date(timeIntervalSince1970: seconds).ISO8601Format()
        // Years in which no Ember of this version can run.
        guard seconds < 1_750_000_000 || seconds > 4_100_000_000 else { return Finding("clock", text) }
        return Finding(
            "clock", .problem, "\(text) cannot be the date", fix: "set the clock: certificates count as not valid else")
    }
}
