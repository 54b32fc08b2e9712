import EmberCore
import EmberEngine
import Testing

@testable import EmberConfig
@testable import EmberHardware
@testable import EmberServer

/// What models may use of each of several GPUs, from what NVIDIA's library and the configuration say.
@Suite struct GPUBudgetsTests {
    private typealias Answer = Result<NVML.Device, NVMLError>
    private static let lost = Answer.failure(.callFailed(call: "c", code: 15, message: "GPU is lost"))

    private func gpu(_ index: Int, _ total: Int, used: Int = 0) -> Answer {
        .success(
            NVML.Device(
                index: index, name: "GPU \(index)", uuid: "GPU-\(index)abc", totalBytes: total, usedBytes: used,
                freeBytes: total - used, powerWatts: nil, energyMillijoules: nil))
    }

    private func budgets(
        _ list: [Answer], _ budget: MemoryBudget = .share(0.5), by gpus: [MemoryBudget] = [],
        device: MemoryDevice = .gpu, environment: [String: String] = [:]
    ) throws(DeploymentError) -> GPUBudgets {
        var memory = MemoryConfiguration()
        (memory.device, memory.budget, memory.gpuBudgets) = (device, budget, gpus)
        return try GPUBudgets(memory, list, environment: environment)
    }

    /// Half of 100 and of 40; of the third, other programs have left less than that.
    @Test func aShareIsOfEachGPU() throws {
        let three = try budgets([gpu(0, 100), gpu(1, 40), gpu(2, 40, used: 30)])
        #expect(three.devices == [Bytes(50), Bytes(20), Bytes(10)])
        #expect(three.gpus[2].others == Bytes(30))
        // What a running Ember has loaded is not other programs'.
        var memory = MemoryConfiguration()
        (memory.device, memory.budget) = (.gpu, .share(0.5))
        let looking = try GPUBudgets(
            memory, [gpu(0, 100, used: 90), gpu(1, 40)], environment: [:], countsOthers: false)
        #expect(looking.devices == [Bytes(50), Bytes(20)])
    }

    @Test func aFigureIsTheSumOverAll() throws {
        #expect(try budgets([gpu(0, 100), gpu(1, 50)], .bytes(90)).devices == [Bytes(60), Bytes(30)])
    }

    @Test func eachMayHaveItsOwn() throws {
        let list = [gpu(0, 100), gpu(1, 50, used: 20), gpu(2, 50)]
        let own = try budgets(list, by: [.bytes(70), .share(1), .bytes(0)])
        #expect(own.devices == [Bytes(70), Bytes(30), Bytes(0)])
    }

    /// A single one is a sum, as before there were several.
    @Test func aSingleGPUIsNoDeviceOfItsOwn() throws {
        #expect(try budgets([gpu(0, 100, used: 80)]).devices == nil)
        #expect(try budgets([]).devices == nil)
        let only = try budgets([gpu(0, 100, used: 80)], by: [.share(0.5)])
        #expect(only.devices == nil && only.gpus[0].budget == Bytes(50))
    }

    @Test func aLostGPUIsNotUsed() throws {
        let two = try budgets([gpu(0, 100), Self.lost])
        #expect(two.devices == [Bytes(50), Bytes(0)])
        #expect(two.gpus[1].problem?.contains("GPU is lost") == true)
        let error = #expect(throws: DeploymentError.self) { try budgets([Self.lost, Self.lost]) }
        #expect(error?.description.contains("no GPU can be used (GPU 0: ") == true)
    }

    @Test(arguments: [
        ([MemoryBudget.bytes(1)], "gpu", "has 1 budgets, and there are 2 GPUs"),
        ([.bytes(1), .bytes(1)], "ram", "has no effect with memory.device: ram"),
    ])
    func whatCannotBeIsRefused(by gpus: [MemoryBudget], device: String, part: String) throws {
        let device = try #require(MemoryDevice(rawValue: device))
        let error = #expect(throws: DeploymentError.self) {
            try budgets([gpu(0, 100), gpu(1, 100)], by: gpus, device: device)
        }
        #expect(error?.description.contains(part) == true && error?.description.hasPrefix("memory.gpu_budgets") == true)
        let none = #expect(throws: DeploymentError.self) { try budgets([], by: [.bytes(1)]) }
        #expect(none?.description.contains("lists no GPU here") == true)
    }

    @Test func whatCUDAMayNotSeeIsNotUsed() throws {
        let list = [gpu(0, 100), gpu(1, 100), gpu(2, 100)]
        func seen(_ text: String, _ order: String? = nil) throws -> [Int]? {
            var environment = ["CUDA_VISIBLE_DEVICES": text]
            environment["CUDA_DEVICE_ORDER"] = order
            return try budgets(list, environment: environment).devices?.map(\.count)
        }
        #expect(try seen("GPU-2") == [0, 0, 50])
        #expect(try seen("GPU-1abc, GPU-0") == [50, 50, 0])
        #expect(try seen("2,0", "PCI_BUS_ID") == [50, 0, 50])
        for (text, order) in [("0", nil), ("3", "PCI_BUS_ID"), ("-1", "PCI_BUS_ID"), ("GPU-", nil), ("", nil)] {
            let error = #expect(throws: DeploymentError.self, "\(text)") { try seen(text, order) }
            #expect(error?.description.contains("CUDA_VISIBLE_DEVICES=\(text) in Ember's environment") == true)
        }
        // One GPU is not Ember's to give.
        #expect(try budgets([gpu(0, 100)], environment: ["CUDA_VISIBLE_DEVICES": "7"]).devices == nil)
    }

    private func problem(
        _ gpus: [Int] = [], _ split: [Int] = [], list: [Answer]? = nil, device: MemoryDevice = .gpu,
        environment: [String: String] = [:], adjust: (inout ModelConfiguration) -> Void = { _ in }
    ) throws -> String? {
        let engine = LlamaServerSettings(
            path: "/m.gguf", contextTokens: 1, poolTokens: nil, gpuLayers: 1, promptCacheBytes: 0,
            givesEmbeddings: false,
            isMatryoshka: false, arguments: [])
        var model = ModelConfiguration(
            name: "m", kind: .language, serves: [], aliases: [], engine: .llamaServer(engine), parallel: 1,
            process: ProcessConfiguration(), offload: OffloadConfiguration(), residency: ResidencyConfiguration(),
            costs: CostDeclaration())
        (model.residency.gpus, model.residency.gpuSplit) = (gpus, split)
        adjust(&model)
        let list = list ?? [gpu(0, 100), gpu(1, 100), Self.lost]
        return try budgets(device == .ram ? [] : list, device: device)
            .problem(of: model, device, environment: environment)
    }

    private func arguments(_ arguments: [String]) -> (inout ModelConfiguration) -> Void {
        { model in
            guard case .llamaServer(var llama) = model.engine else { return }
            llama.arguments = arguments
            model.engine = .llamaServer(llama)
        }
    }

    @Test func aModelsGPUsMustBeThere() throws {
        for good in [[], [0], [1, 0]] { #expect(try problem(good) == nil) }
        #expect(try problem([0, 1], [3, 1]) == nil)
        // It is whole on the one that is there.
        #expect(try problem([0, 2]) == nil)
        #expect(try problem([3])?.hasPrefix("gpus: 3 is no GPU of this machine; they are 0 to 2") == true)
        #expect(try problem([2])?.hasPrefix("gpus: GPU 2 is not used (NVML: ") == true)
        #expect(try problem([0, 2], [1, 1])?.hasPrefix("gpus: GPU 2 is not used") == true)
        #expect(try problem([], [1, 1])?.hasPrefix("gpu_split has 2 shares, and there are 3 GPUs") == true)
        #expect(try problem([0], device: .ram)?.hasPrefix("gpus has no effect with memory.device: ram") == true)
        #expect(try problem([0], list: [])?.contains("lists no GPU here") == true)
        #expect(try problem([0], list: [gpu(0, 100)]) == nil)
    }

    @Test func anotherChoiceIsNotOverruled() throws {
        let taken = "chooses GPUs; with several GPUs, Ember gives them to models"
        for flags in [
            ["--tensor-split", "3,1"], ["-ts", "1"], ["--main_gpu", "1"], ["-dev", "CUDA0"], ["-sm", "none"],
        ] {
            let problem = try problem(adjust: arguments(flags))
            #expect(problem?.hasPrefix("args: ") == true && problem?.contains(taken) == true, "\(flags)")
        }
        for flags in [["-sm", "row"], ["--split-mode", "layer"], ["--no-mmap"]] {
            #expect(try problem(adjust: arguments(flags)) == nil)
        }
        #expect(try problem(adjust: { $0.process.environment["CUDA_VISIBLE_DEVICES"] = "0" })?.contains(taken) == true)
        #expect(try problem(environment: ["LLAMA_ARG_TENSOR_SPLIT": "1,1"])?.contains(taken) == true)
        // A single GPU is not Ember's to give.
        #expect(try problem(list: [gpu(0, 100)], adjust: arguments(["-ts", "1"])) == nil)
    }

    @Test func aCommandIsNotDividedUnasked() throws {
        var spec = ModelSpec(name: "m", residentBytes: Bytes(60))
        let budgets = [Bytes(50), Bytes(40)]
        #expect(spec.placeText(budgets) == "0+1")
        spec.devices = DeviceRule(mayDivide: false)
        #expect(spec.placeText(budgets) == nil)
        spec.residentBytes = Bytes(45)
        #expect(spec.placeText(budgets) == "0")
        spec.residentBytes = Bytes(30)
        #expect(spec.placeText(budgets) == "0 or 1")
        spec.devices = DeviceRule(split: [1, 1])
        #expect(spec.placeText(budgets) == "0+1")
    }
}
