import Foundation
import NIOCore
import NIOPosix

/// Work on long bodies, off the connections' threads: a short request does not wait behind it.
enum BodyWork {
    /// Up to this many bytes, the work takes less time than changing threads for it.
    static let mostBytesInPlace = 256 << 10

    static func isLong(_ bytes: Int) -> Bool { bytes > mostBytesInPlace }

    /// Few, as engines need the machine too.
    private static let pool = {
        let pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
        return pool
    }()

    /// - Parameter bytes: the work is linear in them.
    nonisolated(nonsending) static func run<Result: Sendable>(
        on bytes: Int, _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        guard isLong(bytes) else { return try work() }
        return try await pool.runIfActive {
            letEnginesGoFirst()
            return try work()
        }
    }

    /// An engine's whole answer in another form.
    ///
    /// - Parameters:
    ///   - what: names it, for the error of one that the form does not fit.
    ///   - form: throws where it does not.
    nonisolated(nonsending) static func translated(
        _ answer: ByteBuffer, _ what: String, _ form: @escaping @Sendable (UnsafeBufferPointer<UInt8>) throws -> [UInt8]
    ) async throws -> [UInt8] {
        let bytes = try await run(on: answer.readableBytes) {
            answer.withUnsafeReadableBytes { try? form($0.bindMemory(to: UInt8.self)) }
        }
        guard let bytes else { throw APIError.badGateway("\(what) not understood.", code: "engine_failed") }
        return bytes
    }

    /// Gives the thread the lowest priority. An engine computes on all cores and waits for its slowest thread at each
    /// step: a core that is shared with this work slows a decode down many times over.
    private static func letEnginesGoFirst() {
        #if os(Linux)
            // Of the calling thread alone, there.
            _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, 19)
        #endif
    }
}
