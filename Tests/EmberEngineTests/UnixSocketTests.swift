import Foundation
import Testing

@testable import EmberEngine

/// What lies where a socket is to be.
@Suite struct UnixSocketTests {
    @Test func whatIsThereIsTold() async throws {
        let folder = try TestFolder()
        let path = folder.path + "/s"
        #expect(UnixSocket.state(of: path) == .missing)
        let server = try await ScriptedServer(socket: path, baseURL: "") { _ in [] }
        #if os(Linux)
            #expect(UnixSocket.state(of: path) == .live(process: getpid()))
        #else
            #expect(UnixSocket.state(of: path) == .live(process: nil))
        #endif
        // A server that is killed leaves its socket.
        try FileManager.default.moveItem(atPath: path, toPath: path + "2")
        await server.stop()
        #expect(UnixSocket.state(of: path + "2") == .stale)
        let file = try folder.write([1], as: "file")
        guard case .other = UnixSocket.state(of: file) else {
            Issue.record("\(UnixSocket.state(of: file))")
            return
        }
    }
}
