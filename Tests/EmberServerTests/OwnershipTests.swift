import Foundation
import Testing

@testable import EmberServer

/// What one Ember has for itself.
@Suite struct OwnershipTests {
    @Test func aStateFolderHasOneOwnerWhoIsNamed() throws {
        let folder = try TestFolder()
        var first: StateLock? = try StateLock(folder: folder.path, address: "127.0.0.1:0", files: .system)
        first?.announce(address: "http://127.0.0.1:8080")
        let problem = #expect(throws: StateLock.Problem.self) {
            try StateLock(folder: folder.path, address: "x", files: .system)
        }
        let said = try #require(problem).description
        #expect(said.contains("process \(getpid()), http://127.0.0.1:8080") && said.contains(folder.path))
        first = nil
        _ = try StateLock(folder: folder.path, address: "x", files: .system)
    }

    @Test(arguments: ["", "x\ny\n", "-3\ny\n", "12"])
    func aLockThatSaysNothingIsALockAllTheSame(text: String) {
        #expect(StateLock.Owner(text: text) == nil)
        #expect(StateLock.Problem.taken(folder: "/f", by: nil).description.hasPrefix("another Ember uses"))
    }

    @Test func aFolderThatCannotBeMadeIsNotTaken() {
        let problem = #expect(throws: StateLock.Problem.self) {
            try StateLock(folder: "/dev/null/x", address: "x", files: .system)
        }
        guard case .unavailable? = problem else {
            Issue.record("\(String(describing: problem))")
            return
        }
    }

    @Test func placesForSocketsAreTakenOneAfterTheOther() async throws {
        let folder = try TestFolder()
        let first = try SocketPlace(path: folder.path + "/s")
        let second = Task.detached { try SocketPlace(path: folder.path + "/s").release() }
        try await Task.sleep(for: .milliseconds(50))
        first.release()
        try await second.value
    }
}

/// A folder that goes with its value.
private final class TestFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/ember-ownership-\(UUID())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
