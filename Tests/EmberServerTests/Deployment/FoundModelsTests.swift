import EmberConfig
import EmberSystem
import EmberTestSupport
import Foundation
import Testing

@testable import EmberServer

/// Models that are served without a configuration.
@Suite struct FoundModelsTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    @discardableResult
    private func write(
        _ name: String, _ architecture: String = "llama", trained: UInt32 = 2048, pooling: UInt32? = nil,
        type: String? = nil
    ) throws -> String {
        var writer = GGUFTestWriter.smallModel(architecture: architecture)
        writer.entries.removeAll { $0.0.hasSuffix(".context_length") }
        writer.entries.append(("\(architecture).context_length", .uint32(trained)))
        if let pooling { writer.entries.append(("\(architecture).pooling_type", .uint32(pooling))) }
        if let type { writer.entries.append(("general.type", .string(type))) }
        _ = try folder.write(writer.bytes(), as: name)
        return path + "/" + name
    }

    private func subfolder(_ name: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder.path + "/" + name, withIntermediateDirectories: false)
    }

    /// As a configuration writes it.
    private var path: String { folder.path.replacing("//", with: "/") }

    private func found() throws -> FoundModels { try FoundModels(folder: path, files: .system) }

    private func problem(_ make: () throws -> FoundModels) throws -> String {
        try #require(#expect(throws: FoundModelsError.self) { _ = try make() }).description
    }

    /// What a text configures; it must be good.
    private func configuration(_ text: String) throws -> Configuration {
        let folders = ConfigurationFolders(
            home: "/home/a", cache: "/cache", state: "/state", configuration: "/", working: "/")
        let reader = ConfigurationReader(environment: [:], folders: folders, files: .init(.system))
        let reading = try reader.read(text: text, source: "test")
        #expect(reading.warnings.isEmpty)
        return reading.configuration
    }

    @Test(arguments: [
        ("/m/SmolLM2-135M-Instruct-Q4_1.gguf", "SmolLM2-135M-Instruct-Q4_1"), ("/m/A.GGUF", "A"),
        ("/m/big-00001-of-00003.gguf", "big"), ("/m/my model (v2).gguf", "my-model-v2"),
        ("/m/qwen3:4b.gguf", "qwen3-4b"), ("/m/ — .gguf", "model"), ("/m/größe.gguf", "gr-e"),
        ("/m/\(String(repeating: "a", count: 300)).gguf", String(repeating: "a", count: 200)),
    ])
    func aModelHasItsFilesNameMadeClean(_ path: String, _ name: String) {
        #expect(FoundModel.name(ofFile: path) == name)
    }

    @Test func headersSayWhatAModelIsFor() throws {
        try write("chat.gguf")
        try write("vectors.gguf", "bert", pooling: 1)
        try write("last.gguf", "qwen3", pooling: 3)
        try write("ranker.gguf", "bert", pooling: 4)
        try write("short.gguf", trained: 512)
        let models = try configuration(found().configurationText()).models
        #expect(models.map(\.name) == ["chat", "last", "ranker", "short", "vectors"])
        let settings = models.compactMap { model -> LlamaServerSettings? in
            if case .llamaServer(let settings) = model.engine { settings } else { nil }
        }
        #expect(settings.map(\.givesEmbeddings) == [false, true, false, false, true])
        #expect(settings.map(\.arguments) == [[], [], ["--reranking"], [], []])
        // A request may have what the model was trained for, up to 8192 tokens.
        #expect([settings[0], settings[3]].map(\.contextTokens) == [2048, 512])
        #expect([models[0], models[3]].map(\.parallel) == [2, 2])
    }

    @Test func aProjectorGoesToTheOneLanguageModelBesideIt() throws {
        try subfolder("sees")
        let model = try write("sees/eye.gguf")
        let projector = try write("sees/mmproj.gguf", "clip")
        try write("sees/vectors.gguf", "bert", pooling: 1)
        try write("other.gguf")
        let models = try configuration(found().configurationText()).models
        #expect(models.map(\.name) == ["other", "eye", "vectors"])
        #expect(models.map(\.kind) == [.language, .multimodal, .language])
        guard case .llamaServer(let settings) = models[1].engine else { return #expect(Bool(false)) }
        #expect((settings.path, settings.projectorPath) == (model, projector))
        #expect(try FoundModels(paths: [projector, model], files: .system).models.map(\.projector) == [projector])
    }

    @Test func aProjectorThatSeveralMightTakeIsNamed() throws {
        let paths = try [write("a.gguf"), write("b.gguf"), write("eye.gguf", "clip")]
        let found = try found()
        #expect(found.models.map(\.projector) == [nil, nil])
        #expect(found.notes.count == 1)
        #expect(found.notes[0].contains("eye.gguf is a projector") && found.notes[0].contains("a, b"))
        // A file that was named is not left out with a warning.
        #expect(try problem { try FoundModels(paths: paths, files: .system) }.contains("mmproj:"))
        #expect(try problem { try FoundModels(paths: [paths[2]], files: .system) }.contains("no language model"))
        let two = try [paths[0], paths[2], write("second.gguf", "clip")]
        #expect(try problem { try FoundModels(paths: two, files: .system) }.contains("another one too"))
    }

    @Test func aSplitModelIsTakenByItsFirstPart() throws {
        var first = GGUFTestWriter.smallModel()
        first.entries += [("split.count", .uint32(2)), ("split.no", .uint32(0))]
        var second = GGUFTestWriter()
        second.entries = [("split.count", .uint32(2)), ("split.no", .uint32(1))]
        _ = try folder.write(first.bytes(), as: "big-00001-of-00002.gguf")
        _ = try folder.write(second.bytes(), as: "big-00002-of-00002.gguf")
        let (one, two) = (path + "/big-00001-of-00002.gguf", path + "/big-00002-of-00002.gguf")
        #expect(try found().models.map(\.path) == [one])
        #expect(try FoundModels(paths: [two, one], files: .system).models.map(\.name) == ["big"])
        try FileManager.default.removeItem(atPath: one)
        #expect(try problem { try found() }.contains("there is no file \(one)"))
    }

    @Test func whatCannotBeServedIsNotedInAFolderAndAnErrorByName() throws {
        try write("good.gguf")
        let broken = try folder.write(Array("<html>sign in".utf8), as: "broken.gguf")
        try write("lora.gguf", type: "adapter")
        _ = try folder.write([1, 2, 3], as: "readme.txt")
        _ = try folder.write([1, 2, 3], as: ".hidden.gguf")
        let found = try found()
        #expect(found.models.map(\.name) == ["good"])
        #expect(found.notes.count == 2)
        #expect(found.notes[0].contains("broken.gguf") && found.notes[0].contains("a web page"))
        #expect(found.notes[1].contains("lora.gguf") && found.notes[1].contains("LoRA"))
        #expect(try problem { try FoundModels(paths: [broken], files: .system) }.contains("a web page"))
        #expect(try problem { try FoundModels(paths: [folder.path], files: .system) }.contains("--models-dir"))
        #expect(try problem { try FoundModels(paths: ["/no/m.gguf"], files: .system) } == "there is no file /no/m.gguf")
        let foreign = try write("new.gguf", "brandnew")
        #expect(try problem { try FoundModels(paths: [foreign], files: .system) }.contains("memory"))
    }

    @Test func aFolderWithoutModelsIsRefused() throws {
        #expect(try problem { try found() }.contains("holds no model (no file of it ends in .gguf)"))
        _ = try folder.write([], as: "empty.gguf")
        #expect(try problem { try found() }.contains("is empty"))
        let none = folder.path + "/none"
        #expect(try problem { try FoundModels(folder: none, files: .system) }.contains("cannot be read"))
    }

    @Test func aFolderOfTooManyFilesIsRefusedUnread() throws {
        for number in 0...1000 { _ = try folder.write([], as: "\(number).gguf") }
        #expect(try problem { try found() }.contains("more than 1000"))
    }

    @Test func twoFilesOfOneNameAreRefused() throws {
        try subfolder("sub")
        let (one, two) = try (write("m.gguf"), write("sub/m.gguf"))
        let text = try problem { try found() }
        #expect(text.contains(one) && text.contains(two) && text.contains("'m'"))
        // The same file twice is one model.
        #expect(try FoundModels(paths: [one, one], files: .system).models.count == 1)
    }

    /// Names and paths that mean something else to YAML.
    @Test func oddNamesStayThemselves() throws {
        let names = [
            "true.gguf", "1.5.gguf", "null.gguf", "a: b #c.gguf", "quote\".gguf", "~.gguf", "back\\slash.gguf",
        ]
        let paths = try names.map { try write($0) }
        let models = try configuration(FoundModels(paths: paths, files: .system).configurationText()).models
        #expect(models.map(\.name) == ["true", "1.5", "null", "a-b-c", "quote", "model", "back-slash"])
        let read = models.map { model in
            if case .llamaServer(let settings) = model.engine { settings.path } else { "" }
        }
        #expect(read == paths)
        let expanded = try write("${env.HOME}.gguf")
        #expect(try problem { try FoundModels(paths: [expanded], files: .system) }.contains("rename it"))
    }

    @Test func theSettingsOfAConfigurationReadBackAsTheSame() throws {
        try write("m.gguf")
        let text = "listen: 127.0.0.1:0\npolicy: lru\nmemory: {budget: 3GiB}\n"
        let whole = try configuration(found().configurationText(text))
        #expect(try configuration(found().configurationText(FoundModels.settings(of: whole))) == whole)
        #expect(whole.planning.memory.budget == .bytes(3 << 30))
    }
}
