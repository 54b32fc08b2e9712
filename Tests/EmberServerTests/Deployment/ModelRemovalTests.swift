import EmberConfig
import EmberSystem
import Foundation
import Testing

@testable import EmberServer

/// What `ember rm` removes, and what it does not.
@Suite struct ModelRemovalTests {
    private let files: TestFiles
    private var folder: String { files.path + "/models" }

    init() throws {
        files = try TestFiles()
        try files.write([1, 2, 3], to: "models/a.gguf")
    }

    private func removal(_ name: String) throws -> ModelRemoval {
        let stated = name.hasPrefix("/") ? name : files.path + "/elsewhere/" + name
        return try ModelRemoval(name, stated: stated, folder: folder, files: .system)
    }

    private func problem(_ name: String) throws -> String {
        try #require(#expect(throws: FoundModelsError.self) { _ = try removal(name) }).description
    }

    @Test func aFileIsNamedByItsPathItsNameOrItsModel() throws {
        for name in [folder + "/a.gguf", "a.gguf", "a"] {
            let removal = try removal(name)
            #expect(removal.paths == [folder + "/a.gguf"] && removal.bytes == 3)
        }
        try removal("a").perform()
        #expect(try problem("a").contains("no file or model 'a'"))
    }

    @Test func allPartsOfASplitModelGo() throws {
        for part in 1...3 { try files.write([1], to: "models/big-0000\(part)-of-00003.gguf") }
        let removal = try removal("big")
        #expect(removal.paths.count == 3 && removal.bytes == 3)
        #expect(try self.removal("big-00002-of-00003.gguf").paths == removal.paths)
        try removal.perform()
        #expect(try SystemFiles().names(in: folder) == ["a.gguf"])
    }

    @Test func nothingOutsideOfTheFolderIsRemoved() throws {
        let outside = try files.write([1], to: "elsewhere/b.gguf")
        for name in [outside, "b.gguf", folder + "/../elsewhere/b.gguf"] {
            #expect(try problem(name).contains("not in the models folder"))
        }
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/out", withDestinationPath: files.path + "/elsewhere")
        #expect(try problem("out/b.gguf").contains("not in the models folder"))
        try FileManager.default.createDirectory(atPath: folder + "/sub", withIntermediateDirectories: false)
        #expect(try problem("sub").contains("is a folder"))
        #expect(SystemFiles().exists(outside))
        // A link in the folder is one of its files; what it leads to stays.
        try FileManager.default.createSymbolicLink(atPath: folder + "/b.gguf", withDestinationPath: outside)
        try removal(folder + "/b.gguf").perform()
        #expect(SystemFiles().exists(outside) && !SystemFiles().isThere(folder + "/b.gguf"))
    }

    @Test func filesOfSeveralModelsOfOneNameAreNamed() throws {
        try files.write([1], to: "models/a.GGUF")
        #expect(try problem("a").contains("a.GGUF or a.gguf"))
    }

    @Test func whatAConfigurationUsesIsKnown() throws {
        try files.write([1], to: "models/eye.gguf")
        let folders = ConfigurationFolders(
            home: "/", cache: files.path, state: "/state", configuration: files.path, working: files.path)
        let text = "models:\n  m: {path: a.gguf, mmproj: eye.gguf}\n  v: {lora: tuned.gguf, base: m}\n"
        let configuration = try ConfigurationReader(environment: [:], folders: folders, files: .init(.system))
            .read(text: text, source: "test").configuration
        #expect(try removal("a").models(of: configuration) == ["m"])
        #expect(try removal("eye").models(of: configuration) == ["m"])
        try files.write([1], to: "models/tuned.gguf")
        #expect(try removal("tuned").models(of: configuration) == ["v"])
        try files.write([1], to: "models/free.gguf")
        #expect(try removal("free").models(of: configuration).isEmpty)
        // Under another path, too.
        #expect(try removal("a").isUsed(by: [files.path + "/models/../models/a.gguf"]))
    }
}
