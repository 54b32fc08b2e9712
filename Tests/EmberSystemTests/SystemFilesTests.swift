import EmberSystem
import EmberTestSupport
import Foundation
import Testing

@Suite struct SystemFilesTests {
    private let folder: TestFolder
    private let files = SystemFiles()
    private var path: String { folder.path + "/file" }

    init() throws { folder = try TestFolder() }

    private var names: [String] { ((try? files.names(in: folder.path)) ?? []).sorted() }

    @Test func aFileIsReplacedAsAWhole() throws {
        try files.replace(path, with: Data("one".utf8))
        let earlier = try files.open(path, for: .reading)
        try files.replace(path, with: Data("two".utf8))
        #expect(try files.bytes(of: path) == Data("two".utf8))
        // Who has it open goes on reading what it was.
        #expect(try earlier.read(10) == Data("one".utf8))
        #expect(names == ["file"])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func aReplacementThatFailsLeavesTheFile() throws {
        try files.replace(path, with: Data("one".utf8))
        try files.makeFolder(path + ".new", isPrivate: true)
        let problem = #expect(throws: FileProblem.self) { try files.replace(path, with: Data("two".utf8)) }
        #expect(problem?.description.contains("\n") == false)
        #expect(try files.bytes(of: path) == Data("one".utf8))
        // Nor one that cannot take the file's place.
        let taken = folder.path + "/folder"
        try files.makeFolder(taken + "/full", isPrivate: true)
        #expect(throws: FileProblem.self) { try files.replace(taken, with: Data()) }
        #expect(names == ["file", "file.new", "folder"])
    }

    @Test func aCompleteFileIsPublished() throws {
        let part = folder.path + "/part"
        let file = try files.open(part, for: .appending)
        try file.write(Data("abcdef".utf8))
        try file.shorten(to: 3)
        try files.publish(part, as: path)
        #expect(try files.bytes(of: path) == Data("abc".utf8))
        #expect(names == ["file"])
        #expect(throws: FileProblem.self) { try files.publish(part, as: path) }
    }

    @Test func linksAreNotWrittenThrough() throws {
        let target = try folder.write(Array("kept".utf8), as: "target")
        #expect(symlink(target, path) == 0)
        for access in [FileAccess.making(isPrivate: true), .replacing(isPrivate: false), .appending] {
            #expect(throws: FileProblem.self) { try files.open(path, for: access) }
        }
        #expect(try files.bytes(of: target) == Data("kept".utf8) && files.bytes(of: path) == Data("kept".utf8))
    }

    @Test func whatIsThereIsTold() throws {
        #expect(try files.status(of: path) == nil)
        #expect(!files.isThere(path))
        #expect(symlink("nowhere", path) == 0)
        // A link that leads nowhere has the name all the same.
        #expect(try files.status(of: path) == nil && files.isThere(path))
        #expect(files.unusedName(path) == path + "-2")
        #expect(try files.status(of: folder.path)?.isFolder == true)
        #expect(files.moveAside(path) == path + ".unreadable" && files.moveAside(path) == nil)
    }

    @Test func whatIsGoneAlreadyIsRemoved() throws {
        try files.remove(path)
        try files.removeFolder(path)
        try files.makeFolder(path + "/in", isPrivate: true)
        #expect(throws: FileProblem.self) { try files.remove(path) }
        try files.removeFolder(path)
        #expect(!files.isThere(path))
        #expect(throws: FileProblem.self) { try files.names(in: path) }
    }

    @Test func piecesAreReadInTurnAndByPlace() throws {
        _ = try folder.write(Array("abcdefgh".utf8), as: "file")
        let file = try files.open(path, for: .reading)
        #expect(try file.read(3) == Data("abc".utf8))
        #expect(try file.read(3, at: 6) == Data("gh".utf8))
        #expect(try file.read(100) == Data("defgh".utf8))
        #expect(try file.read(1).isEmpty)
        #expect(try file.status() == FileStatus(bytes: 8, isFolder: false, permissions: 0o644))
    }

    @Test func aSumIsOfAllBytes() async throws {
        _ = try folder.write([UInt8](repeating: 7, count: FileSum.pieceBytes + 1), as: "file")
        let sum = try #require(FileSum.read(path, files: .system))
        #expect(sum.bytes == FileSum.pieceBytes + 1 && sum.checksum.count == 64)
        #expect(FileSum.read(path, upTo: FileSum.pieceBytes, files: .system) == nil)
        #expect(FileSum.read(path + ".none", files: .system) == nil)
        _ = try folder.write([], as: "empty")
        #expect(
            FileSum.read(folder.path + "/empty", files: .system)?.checksum
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}
