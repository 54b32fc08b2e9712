import EmberSystem
import EmberTestSupport
import Foundation
import Testing

@Suite struct FileLockTests {
    private let folder: TestFolder
    private var path: String { folder.path + "/lock" }

    init() throws { folder = try TestFolder() }

    @Test func aLockIsHeldByOne() throws {
        let first = try FileLock(file: path)
        #expect(throws: FileLock.Refusal.taken) { try FileLock(file: path) }
        first.release()
        first.release()
        try FileLock(file: path).release()
    }

    @Test func itGoesWithItsOwner() throws {
        var first: FileLock? = try FileLock(file: path)
        #expect(throws: FileLock.Refusal.taken) { try FileLock(file: path) }
        withExtendedLifetime(first) {}
        first = nil
        _ = try FileLock(file: path)
    }

    @Test func aFileThatIsRemovedWithItsLockCanBeLockedAnew() throws {
        let first = try FileLock(file: path)
        first.removeFile()
        #expect(!FileManager.default.fileExists(atPath: path))
        let second = try FileLock(file: path)
        // The first one has nothing to remove any more.
        first.removeFile()
        #expect(FileManager.default.fileExists(atPath: path))
        second.release()
    }

    @Test func aTakenLockIsWaitedFor() async throws {
        let first = try FileLock(file: path)
        let second = Task.detached { try FileLock(file: folder.path + "/lock", FileLock.Tries(3000)) }
        try await Task.sleep(for: .milliseconds(30))
        first.release()
        _ = try await second.value
    }

    @Test func whatItSaysIsReplaced() throws {
        let lock = try FileLock(file: path)
        lock.write("a long text")
        lock.write("short")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "short")
    }

    @Test func aFolderIsLockedItself() throws {
        let lock = try FileLock(folder: folder.path, followsLinks: false)
        #expect(throws: FileLock.Refusal.taken) { try FileLock(folder: folder.path, followsLinks: true) }
        lock.release()
        let link = folder.path + "/link"
        #expect(symlink(folder.path, link) == 0)
        try FileLock(folder: link, followsLinks: true).release()
        #expect(throws: FileLock.Refusal.self) { try FileLock(folder: link, followsLinks: false) }
    }

    @Test func whatIsNotThereCannotBeLocked() {
        #expect(throws: FileLock.Refusal.unopened(ENOENT)) { try FileLock(file: folder.path + "/none/lock") }
        #expect(throws: FileLock.Refusal.unopened(ENOENT)) {
            try FileLock(folder: folder.path + "/none", followsLinks: true)
        }
    }
}
