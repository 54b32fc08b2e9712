import EmberConfig
import EmberCore
import Foundation
import Testing

@testable import EmberServer

/// One bad file, or program, makes one model fail, and is seen when it comes back.
@Suite struct ModelFilesTests {
    private let files: TestFiles

    init() throws { files = try TestFiles() }

    private func builder(_ models: String, path: String = "/nowhere") throws -> DeploymentBuilder {
        let program = try files.write([], to: "bin/llama-server", isProgram: true)
        let folders = ConfigurationFolders(
            home: files.path, cache: files.path + "/cache", state: files.path + "/state",
            configuration: files.path + "/etc", working: files.path)
        try FileManager.default.createDirectory(atPath: folders.configuration, withIntermediateDirectories: true)
        let text = "llama_server: \(program)\nmodels:\n" + models
        let configuration = try ConfigurationReader(environment: [:], folders: folders, files: .init(.system))
            .read(text: text, source: "ember.yaml").configuration
        return DeploymentBuilder(
            configuration, folders: folders, environment: ["PATH": path],
            footprints: FootprintKeeper(
                stateFolder: nil, device: .ram, logger: quietLogger, surroundings: .system), files: .system)
    }

    private func models(_ text: String) throws -> [ServedModel] { try builder(text).build().models }

    private func write(_ bytes: [UInt8], _ name: String) throws { try files.write(bytes, to: "cache/models/" + name) }

    @Test func theOthersAreServed() throws {
        try write(TestFiles.smallModel(), "good.gguf")
        try write(Array(TestFiles.smallModel().dropLast(100)), "cut.gguf")
        try write(Array("<html>".utf8), "page.gguf")
        let all = try models(
            """
              good: {path: good.gguf}
              cut: {path: cut.gguf}
              page: {path: page.gguf}
              lost: {path: lost.gguf}
              eye: {path: good.gguf, mmproj: lost.gguf}
            """)
        #expect(all.map { $0.problem == nil } == [true, false, false, false, false])
        #expect(all[0].spec.residentBytes > .zero)
        for model in all { #expect(model.engine != nil && model.spec.placement == .edge) }
        #expect(all[1].problem?.contains("is the download complete?") == true)
        #expect(all[2].problem?.contains("a web page") == true)
        #expect(all[3].problem?.contains("/cache/models/lost.gguf") == true)
        #expect(all[4].problem?.contains("lost.gguf") == true)
    }

    @Test func aDeclaredMemoryNeedsNoEstimate() throws {
        try write(TestFiles.smallModel(architecture: "brandnew"), "new.gguf")
        try write(Array("<html>".utf8), "page.gguf")
        let all = try models(
            """
              plain: {path: new.gguf}
              declared: {path: new.gguf, memory: 300MB}
              page: {path: page.gguf, memory: 300MB}
            """)
        #expect(all[0].problem?.contains("brandnew") == true && all[0].problem?.contains("memory:") == true)
        #expect(all[1].problem == nil && all[1].spec.residentBytes == Bytes(300_000_000))
        #expect(all[1].abilities.isLlamaServer)
        #expect(all[2].problem != nil)
    }

    @Test func aFileThatComesIsReadAnew() throws {
        let model = try #require(try models("  m: {path: m.gguf}\n").first)
        let source = try #require(model.origin.source)
        #expect(model.problem != nil && source.stamps == model.origin.stamps)
        try write(TestFiles.smallModel(), "m.gguf")
        #expect(source.stamps != model.origin.stamps)
        let read = source.read().model
        #expect(read.problem == nil && read.spec.residentBytes > .zero && read.origin.stamps == source.stamps)
        #expect(read.origin.source != nil)
    }

    @Test func whatAModelIsMadeOfIsWatched() throws {
        try write(TestFiles.smallModel(), "s-00001-of-00002.gguf")
        let all = try models(
            """
              split: {path: s-00001-of-00002.gguf, mmproj: p.gguf}
              tuned: {lora: a.gguf, base: split}
              worker: {command: [worker.sh, "${socket}"], memory: 1MB}
            """)
        func watched(_ index: Int) -> [String] {
            (all[index].origin.source?.files ?? []).map { URL(fileURLWithPath: $0.path).lastPathComponent }
        }
        #expect(watched(0) == ["s-00001-of-00002.gguf", "s-00002-of-00002.gguf", "p.gguf", "a.gguf", "llama-server"])
        #expect(watched(1).isEmpty)
        #expect(watched(2) == ["worker.sh", "etc"])
    }

    /// A saved KV state of other weights must not be taken for one of these, whatever time the file is given.
    @Test func anotherFileOfTheSameSizeAndTimeIsAnotherIdentity() throws {
        try write(TestFiles.smallModel(), "m.gguf")
        let text = "  m: {path: m.gguf}\nkeys: [{key: k1, name: ann}, {key: k2, name: bob}]\n"
        let before = try #require(try models(text).first)
        let path = files.path + "/cache/models/m.gguf"
        let date = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        var other = TestFiles.smallModel()
        other[other.count - 1] = 1
        try FileManager.default.removeItem(atPath: path)
        try write(other, "m.gguf")
        try FileManager.default.setAttributes([.modificationDate: try #require(date)], ofItemAtPath: path)
        let after = try #require(before.origin.source?.read().model)
        #expect(after.slots != nil && after.slots?.identity != before.slots?.identity)
    }

    @Test func aBadAdapterFailsItsVariantAlone() throws {
        try write(TestFiles.smallModel(), "base.gguf")
        try write(TestFiles.smallModel(), "model.gguf")
        try write(TestFiles.smallAdapter(), "good.gguf")
        try write(TestFiles.smallAdapter(architecture: "qwen2"), "other.gguf")
        let all = try models(
            """
              first: {lora: lost.gguf, base: base}
              base: {path: base.gguf}
              good: {lora: good.gguf, base: base}
              model: {lora: model.gguf, base: base}
              other: {lora: other.gguf, base: base}
            """)
        #expect(all.map(\.name) == ["first", "base", "good", "model", "other"])
        #expect(all.map { $0.problem == nil } == [false, true, true, false, false])
        #expect(all[4].problem?.contains("qwen2") == true)
        #expect(all[1].adapterFiles.map { URL(fileURLWithPath: $0).lastPathComponent } == ["good.gguf"])
        #expect(all[2].edits.adapter?.place(among: all[1].adapterFiles) == 0)
        #expect(all.map(\.spec.base) == [ModelID(1), nil, ModelID(1), ModelID(1), ModelID(1)])
        #expect(all[0].edits.adapter?.place(among: all[1].adapterFiles) == nil)
        #expect(all[1].edits.adapter?.place(among: all[1].adapterFiles) == 0)
        // The base's memory counts the adapters that it is started with.
        let alone = try models("  base: {path: base.gguf}\n")[0]
        #expect(all[1].spec.residentBytes.count == alone.spec.residentBytes.count + TestFiles.smallAdapter().count)
    }

    @Test func aProgramThatIsMissingIsNamed() throws {
        try files.write([], to: "tools/worker.sh")
        let all = try models(
            """
              gone: {command: [/no/such/program, "${socket}"], memory: 1MB}
              searched: {command: [nothing, "${socket}"], memory: 1MB}
              plain: {command: ["\(files.path)/tools/worker.sh", "${socket}"], memory: 1MB}
              homeless: {command: ["\(files.path)/bin/llama-server", "${socket}"], memory: 1MB, workdir: /no/such/folder}
              good: {command: ["\(files.path)/bin/llama-server", "${socket}"], memory: 1MB}
              own: {command: [llama-server, "${socket}"], memory: 1MB, env: {PATH: "\(files.path)/bin"}}
            """)
        #expect(all[0].problem?.contains("/no/such/program") == true)
        #expect(all[1].problem?.contains("/nowhere/nothing") == true)
        #expect(all[2].problem?.contains("chmod +x") == true)
        #expect(all[3].problem?.contains("/no/such/folder") == true)
        #expect(all[4].problem == nil && all[5].problem == nil)
    }

    @Test func flagsAreCountedOrRefusedByName() throws {
        try write(TestFiles.smallModel(), "m.gguf")
        func bytes(_ keys: String) throws -> Bytes { try models("  m: {path: m.gguf\(keys)}\n")[0].spec.residentBytes }
        #expect(try bytes(", args: [-c, '8192']") == bytes(", context: 8192, pool: 8192"))
        #expect(try bytes(", args: [-ctk, f32]") > bytes(""))
        #expect(try bytes(", env: {LLAMA_ARG_UBATCH: '64'}") < bytes(""))
        for (keys, name) in [
            ("args: [--port, '80']", "args: --port"), ("args: [-md, d.gguf]", "args: -md"),
            ("env: {LLAMA_ARG_API_PREFIX: /x}", "env: LLAMA_ARG_API_PREFIX"),
        ] {
            let error = #expect(throws: DeploymentError.self) { try models("  m: {path: m.gguf, \(keys)}\n") }
            #expect(error?.description.contains("models.m: \(name)") == true, "\(String(describing: error))")
        }
        #expect(try bytes(", args: [-md, d.gguf], memory: 2MB") == Bytes(2_000_000))
    }
}

/// Warnings about a deployment that is served all the same.
@Suite struct DeploymentWarningTests {
    private func warnings(_ models: [ServedModel], budget: Int = 100, machine: Int? = 1000) -> DeploymentWarnings {
        DeploymentWarnings(
            Deployment(models: models, services: [ServiceSpec(name: "default")]), budgets: [Bytes(budget)],
            device: .ram,
            machineBytes: machine)
    }

    @Test func boundsThatDoNotHoldAreTold() {
        #expect(warnings([edgeModel("a")]).bounds.isEmpty)
        #expect(warnings([edgeModel("a")], machine: 99).bounds.first?.contains("memory.budget is") == true)
        #expect(warnings([edgeModel("a")], machine: nil).bounds.isEmpty)
        #expect(warnings([edgeModel("a", bytes: 101)]).bounds.first?.contains("can never fit") == true)
        let pinned = [edgeModel("a", bytes: 60, isPinned: true), edgeModel("b", bytes: 60, isPinned: true)]
        #expect(warnings(pinned).bounds.first?.contains("a, b") == true)
        #expect(warnings(pinned, budget: 120).bounds.isEmpty)
    }

    @Test func nothingIsServedWhereAllAreBad() {
        var bad = edgeModel("a")
        bad.problem = "its file is gone"
        #expect(
            warnings([bad]).isNothingServed
                && warnings([bad]).unusable == ["models.a cannot be loaded: its file is gone"])
        #expect(warnings([bad]).bounds.isEmpty)
        #expect(!warnings([bad, edgeModel("b")]).isNothingServed)
        #expect(!warnings([bad, cloudModel("c", .at("http://127.0.0.1:1/v1"))]).isNothingServed)
    }
}
