import Foundation
import NIOCore

@testable import EmberServer

/// A store of bodies with its files in the system's temporary folder.
func testBodies(total: Int = 1 << 30, perTenant: Int = 1 << 30, tenants: [String] = []) -> BodyStore {
    BodyStore(
        BodyLimits(total: total, perTenant: perTenant), folder: FileManager.default.temporaryDirectory.path,
        tenants: tenants, time: .system)
}

/// What is sent, all of it.
func sent(_ body: OutgoingBody) throws -> String {
    switch body {
    case .memory(let bytes): return String(buffer: bytes)
    case .file(let file):
        var (all, offset) = (ByteBuffer(), 0)
        while offset < file.count {
            var piece = try file.piece(at: offset)
            guard piece.readableBytes > 0 else { break }
            offset += piece.readableBytes
            all.writeBuffer(&piece)
        }
        return String(buffer: all)
    }
}
