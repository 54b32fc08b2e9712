import EmberSystem
import Testing

@testable import EmberServer

@Suite struct WatchedFilesTests {
    private let files: TestFiles
    private let path: String

    init() throws {
        files = try TestFiles()
        path = try files.write([1], to: "a")
    }

    private func stamps() -> [String: FileStamp] { FileStamp(file: path).map { [path: $0] } ?? [:] }

    @Test func aChangeCountsOnceItIsQuiet() throws {
        let begin = TimeSource.system.now
        func at(_ seconds: Double) -> TimeSource.Instant { begin + .seconds(seconds) }
        var watched = WatchedFiles(.system) { [path] in FileStamp(file: path).map { [path: $0] } ?? [:] }
        func takes(_ now: [String: FileStamp], at seconds: Double) -> Bool { watched.takes(now, at: at(seconds)) }
        #expect(!takes(stamps(), at: 10))
        try files.write([1, 2], to: "a")
        #expect(!takes(stamps(), at: 11))
        #expect(!takes(stamps(), at: 12.5))
        // It is written to again: the wait begins again.
        try files.write([1, 2, 3], to: "a")
        #expect(!takes(stamps(), at: 12.9))
        #expect(!takes(stamps(), at: 14.8))
        #expect(takes(stamps(), at: 14.9))
        #expect(!takes(stamps(), at: 20))
        // A file that goes is a change, too; one that comes back as it was is none.
        let before = stamps()
        #expect(!takes([:], at: 21))
        #expect(!takes(before, at: 22))
        #expect(!takes(before, at: 30))
    }
}
