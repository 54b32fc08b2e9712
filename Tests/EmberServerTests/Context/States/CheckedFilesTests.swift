import EmberSystem
import Foundation
import Testing

@testable import EmberContext
@testable import EmberServer

/// Which states need not be read before an engine reads them.
@Suite struct CheckedFilesTests {
    @Test func aCheckHoldsForATimeAndForTheSameFile() throws {
        let (files, checked, start) = (try TestFiles(), CheckedFiles(), ContinuousClock.now)
        let (path, other) = (try files.write([1, 2, 3], to: "a"), try files.write([1, 2, 3], to: "b"))
        let id = try #require(KeyedDigest(hexadecimal: String(repeating: "0a", count: KeyedDigest.byteCount)))
        let stamp = FileStamp(file: path)
        #expect(!checked.contains(id, stamp, at: start))
        checked.note(id, stamp, at: start)
        #expect(checked.contains(id, stamp, at: start + CheckedFiles.holds - .nanoseconds(1)))
        #expect(!checked.contains(id, stamp, at: start + CheckedFiles.holds))
        #expect(!checked.contains(id, FileStamp(file: other), at: start))
        #expect(!checked.contains(id, FileStamp(file: files.path + "/none"), at: start))
        // The same number of bytes.
        try Data([1, 2, 4]).write(to: URL(fileURLWithPath: path))
        #expect(!checked.contains(id, FileStamp(file: path), at: start))
    }
}
