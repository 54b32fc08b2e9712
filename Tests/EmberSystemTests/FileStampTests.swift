import EmberSystem
import EmberTestSupport
import Foundation
import Testing

@Suite struct FileStampTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

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
