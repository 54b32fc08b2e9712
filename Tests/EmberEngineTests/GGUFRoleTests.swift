import Foundation
import Testing

@testable import EmberEngine

/// Files that are not what their place wants, and how they are told apart.
@Suite struct GGUFRoleTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func problem(of bytes: [UInt8], named name: String = "m.gguf") throws -> String {
        let file = try folder.write(bytes, as: name)
        let error = #expect(throws: GGUFError.self) { try GGUFHeader.read(file: file) }
        return try #require(error).description
    }

    @Test(arguments: [
        ("<!DOCTYPE html><html>sign in</html>", "a web page"), ("\u{FEFF}  \n<html>", "a web page"),
        ("{\"error\": \"Repository not found\"}", "JSON"),
        ("version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
        ("PK\u{3}\u{4}rest of it", "zip"), ("\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}", "zeros"),
    ])
    func whatLiesInAModelsPlaceIsNamed(_ text: String, _ word: String) throws {
        #expect(try problem(of: Array(text.utf8)).contains(word))
    }

    /// What begins with bytes that are no text, and what only looks like it.
    @Test(
        arguments: [
            ([0x1F, 0x8B, 8, 0], "gzip"), ([0x28, 0xB5, 0x2F, 0xFD, 4], "zstd"), (Array("tjgg".utf8) + [3, 0], "GGML"),
            ([0x40, 1, 0, 0, 0, 0, 0, 0] + Array(#"{"__metadata__":{}}"#.utf8), "safetensors"),
            ([0x40, 1, 0, 0, 0, 0, 0, 9] + Array(#"{"__metadata__":{}}"#.utf8), nil),
            ([0x40, 1, 0, 0, 0, 0, 0, 0] + Array("[1, 2]".utf8), nil), ([0x40, 1, 0, 0, 0, 0, 0, 0], nil),
            (Array(repeating: 0, count: 63) + [1], nil), ([0x1F, 0x8C], nil),
        ] as [([UInt8], String?)])
    func beginningsThatAreNoTextAreNamed(_ bytes: [UInt8], _ word: String?) {
        let guess = ForeignFile.guess(bytes)
        #expect(word.map { guess?.contains($0) == true } ?? (guess == nil), "\(guess ?? "nothing")")
    }

    @Test func emptyMissingFoldersAndLinksAreTold() throws {
        #expect(try problem(of: []).contains("is empty"))
        func reason(_ path: String) -> String {
            do throws(GGUFError) { _ = try GGUFHeader.read(file: path) } catch { return error.description }
            return "good"
        }
        #expect(reason(folder.path).contains("a folder"))
        #expect(reason(folder.path + "/none.gguf").contains("cannot be opened"))
        let link = folder.path + "/link.gguf"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/nowhere/at/all.gguf")
        #expect(reason(link).contains("a link to /nowhere/at/all.gguf"))
    }

    private func header(
        _ architecture: String, type: String? = nil, adapter: String? = nil, tensors: Bool = true
    ) throws -> GGUFHeader {
        var writer = GGUFTestWriter.smallModel(architecture: architecture)
        if let type { writer.entries.append(("general.type", .string(type))) }
        if let adapter { writer.entries.append(("adapter.type", .string(adapter))) }
        if !tensors { writer.tensors = [] }
        return try GGUFHeader.read(file: folder.write(writer.bytes(), as: "\(UUID()).gguf"))
    }

    @Test func eachPlaceWantsItsOwnKind() throws {
        #expect(try header("llama").problem(as: .model) == nil)
        #expect(try header("llama", type: "model").problem(as: .model) == nil)
        #expect(try header("clip").problem(as: .model)?.problem.contains("mmproj:") == true)
        #expect(try header("clip").problem(as: .projector) == nil)
        #expect(try header("llama").problem(as: .projector)?.problem.contains("no projector") == true)
        #expect(
            try header("llama", type: "adapter", adapter: "lora").problem(as: .model)?.problem.contains("lora:") == true
        )
        #expect(try header("llama", tensors: false).problem(as: .model)?.problem.contains("no weights") == true)
        let adapter = try header("llama", type: "adapter", adapter: "lora")
        #expect(adapter.problem(as: .adapter(of: "llama")) == nil)
        #expect(adapter.problem(as: .adapter(of: "qwen2"))?.problem.contains("its base is qwen2") == true)
        #expect(try header("llama").problem(as: .adapter(of: "llama"))?.problem.contains("no LoRA") == true)
    }

    @Test func whatOnlyEmberDoesNotKnowIsForeign() throws {
        let unknown = try #require(try header("brandnew").problem(as: .model))
        #expect(unknown.isForeign && unknown.description.contains("\"brandnew\""))
        #expect(try header("clip").problem(as: .model)?.isForeign == false)
        var writer = GGUFTestWriter.smallModel()
        writer.tensors[0].type = 999
        let file = try folder.write(writer.bytes(), as: "type.gguf")
        let error = #expect(throws: GGUFError.self) { try GGUFHeader.read(file: file) }
        #expect(error?.isForeign == true && error?.description.contains("999") == true)
    }

    @Test func aStampTellsReplacedFromOverwritten() throws {
        let path = try folder.write(Array("one".utf8), as: "f")
        let first = try #require(FileStamp(file: path))
        #expect(FileStamp(file: path) == first)
        // Written to in place.
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("more".utf8))
        try handle.close()
        let second = try #require(FileStamp(file: path))
        #expect(second.isOverwritten(since: first))
        // Another file of the same size, and of the same time, in its place.
        let other = try folder.write(Array("onemore".utf8), as: "other")
        let time = [timespec(tv_sec: 5, tv_nsec: 0), timespec(tv_sec: 5, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, path, time, 0) == 0 && utimensat(AT_FDCWD, other, time, 0) == 0)
        let before = try #require(FileStamp(file: path))
        #expect(rename(other, path) == 0)
        let third = try #require(FileStamp(file: path))
        #expect(third != before && third.bytes == before.bytes && third.modified == before.modified)
        #expect(!third.isOverwritten(since: before))
        #expect(FileStamp(file: folder.path + "/none") == nil)
        // A program may write what it likes into its folder.
        let empty = try #require(FileStamp(file: folder.path))
        _ = try folder.write([1], as: "new")
        #expect(FileStamp(file: folder.path) == empty)
    }
}
