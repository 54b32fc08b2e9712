import Foundation
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

    /// Gives the thread the lowest priority. An engine computes on all cores and waits for its slowest thread at each
    /// step: a core that is shared with this work slows a decode down many times over.
    private static func letEnginesGoFirst() {
        #if os(Linux)
            // Of the calling thread alone, there.
            _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, 19)
        #endif
    }
}
