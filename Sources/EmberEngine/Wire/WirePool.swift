import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The idle connections to all engines.
final class WirePool: Sendable {
    private struct Idle {
        let connection: WireConnection
        let since: NIODeadline
    }

    private struct State {
        var idle: [String: [Idle]] = [:]
        var isSweepPlanned = false
    }

    private static let connectTimeout = TimeAmount.seconds(10)

    private let group: MultiThreadedEventLoopGroup
    private let longestIdle: TimeAmount
    private let state = Mutex(State())

    init(group: MultiThreadedEventLoopGroup, longestIdle: TimeAmount) {
        self.group = group
        self.longestIdle = longestIdle
    }

    /// An idle connection, or a fresh one where there is none.
    func connection(to baseURL: String) async throws -> (WireConnection, isFresh: Bool) {
        // The caller's own event loop, if it runs on one.
        let eventLoop = group.any()
        if let connection = takeIdle(to: baseURL, near: eventLoop) { return (connection, false) }
        return (try await connect(to: baseURL, on: eventLoop), true)
    }

    /// Takes in a connection whose exchange is over.
    func giveBack(_ connection: WireConnection, to baseURL: String) {
        let isSweepDue = state.withLock { state in
            state.idle[baseURL, default: []].append(Idle(connection: connection, since: .now()))
            defer { state.isSweepPlanned = true }
            return !state.isSweepPlanned
        }
        if isSweepDue { planSweep() }
    }

    /// The connection has ended.
    func forget(_ connection: WireConnection, to baseURL: String) {
        state.withLock { $0.idle[baseURL]?.removeAll { $0.connection === connection } }
    }

    /// Of the connections that are not too old, rather one of the caller's event loop than one of another thread's; but
    /// also that one, as an engine may serve no more connections than it says requests.
    private func takeIdle(to baseURL: String, near eventLoop: any EventLoop) -> WireConnection? {
        let oldest = NIODeadline.now() - longestIdle
        return state.withLock { state in
            guard let idle = state.idle[baseURL], let last = idle.last, last.since > oldest else { return nil }
            let near = idle.lastIndex { $0.connection.eventLoop === eventLoop && $0.since > oldest }
            return state.idle[baseURL]?.remove(at: near ?? idle.count - 1).connection
        }
    }

    private func planSweep() {
        group.any().scheduleTask(in: longestIdle) { self.sweep() }
    }

    private func sweep() {
        let oldest = NIODeadline.now() - longestIdle
        let (expired, isSweepDue) = state.withLock { state in
            let expired = state.idle.values.joined().filter { $0.since <= oldest }
            state.idle = state.idle.mapValues { $0.filter { $0.since > oldest } }.filter { !$0.value.isEmpty }
            state.isSweepPlanned = !state.idle.isEmpty
            return (expired, state.isSweepPlanned)
        }
        for idle in expired { idle.connection.close() }
        if isSweepDue { planSweep() }
    }

    private func connect(to baseURL: String, on eventLoop: any EventLoop) async throws -> WireConnection {
        let connection = WireConnection(to: baseURL, on: eventLoop, pool: self)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .channelOption(.autoRead, value: false)
            .connectTimeout(Self.connectTimeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        HTTPRequestEncoder(),
                        ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)), connection)
                }
            }
        switch try WireAddress(baseURL: baseURL) {
        case .unixSocket(let path): _ = try await bootstrap.connect(unixDomainSocketPath: path).get()
        case .host(let host, let port): _ = try await bootstrap.connect(host: host, port: port).get()
        }
        return connection
    }
}
