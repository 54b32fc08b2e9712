import EmberSystem
import NIOCore
import NIOHTTP1
import Synchronization

/// The connections to all engines: those that are idle, to be taken again, and all, to be ended.
final class WirePool: Sendable {
    private struct Idle {
        let connection: WireConnection
        let since: TimeSource.Instant
    }

    /// Those to one engine. Engines are few: none is looked up by hashing its URL on every request's way.
    private struct Place {
        let baseURL: String
        var idle: [Idle] = []
    }

    private struct State {
        var places: [Place] = []
        var isSweepPlanned = false
        /// By their numbers.
        var all: [Int: WireConnection] = [:]
        /// Of the connection opened last.
        var lastNumber = 0
        var isInterrupted = false

        func index(of baseURL: String) -> Int? { places.firstIndex { $0.baseURL == baseURL } }
    }

    private let connector: WireConnector
    private let longestIdle: Duration
    private let time: TimeSource
    private let state = Mutex(State())

    init(_ connector: WireConnector, longestIdle: Duration, time: TimeSource) {
        self.time = time
        self.connector = connector
        self.longestIdle = longestIdle
    }

    /// Takes in a connection whose exchange is over.
    func giveBack(_ connection: WireConnection, to baseURL: String) {
        let idle = Idle(connection: connection, since: time.now)
        let isSweepDue = state.withLock { state in
            if let index = state.index(of: baseURL) {
                state.places[index].idle.append(idle)
            } else {
                state.places.append(Place(baseURL: baseURL, idle: [idle]))
            }
            defer { state.isSweepPlanned = true }
            return !state.isSweepPlanned
        }
        if isSweepDue { planSweep() }
    }

    /// The connection has ended.
    func forget(_ connection: WireConnection, to baseURL: String) {
        state.withLock { state in
            state.all[connection.number] = nil
            guard let index = state.index(of: baseURL) else { return }
            state.places[index].idle.removeAll { $0.connection === connection }
        }
    }

    /// In the order in which they were opened: what comes of it must not depend on chance.
    func interrupt() {
        let all = state.withLock { state in
            state.isInterrupted = true
            return state.all.sorted { $0.key < $1.key }.map(\.value)
        }
        for connection in all { connection.interrupt() }
    }

    /// An idle connection; nil: there is none.
    ///
    /// Of those that are not too old, rather one of the caller's event loop than one of another thread's; but also that
    /// one, as an engine may serve no more connections than it says requests.
    func takeIdle(to baseURL: String) -> WireConnection? {
        let eventLoop = connector.group.any()
        let oldest = time.now - longestIdle
        return state.withLock { state in
            guard let index = state.index(of: baseURL), let last = state.places[index].idle.last, last.since > oldest
            else { return nil }
            let near = state.places[index].idle.lastIndex {
                $0.connection.eventLoop === eventLoop && $0.since > oldest
            }
            return state.places[index].idle.remove(at: near ?? state.places[index].idle.count - 1).connection
        }
    }

    /// A sleeping task, and none of an event loop's: these do more at every turn while they keep any.
    private func planSweep() {
        time.later(after: longestIdle) { self.sweep() }
    }

    private func sweep() {
        let oldest = time.now - longestIdle
        let (expired, isSweepDue) = state.withLock { state in
            let expired = state.places.flatMap(\.idle).filter { $0.since <= oldest }
            for index in state.places.indices { state.places[index].idle.removeAll { $0.since <= oldest } }
            state.places.removeAll { $0.idle.isEmpty }
            state.isSweepPlanned = !state.places.isEmpty
            return (expired, state.isSweepPlanned)
        }
        for idle in expired { idle.connection.close() }
        if isSweepDue { planSweep() }
    }

    /// A fresh connection, on the caller's own event loop if it runs on one.
    func connect(to baseURL: String) async throws -> WireConnection {
        try await connect(to: baseURL, on: connector.group.any())
    }

    private func connect(to baseURL: String, on eventLoop: any EventLoop) async throws -> WireConnection {
        let added = state.withLock { state -> WireConnection? in
            guard !state.isInterrupted else { return nil }
            state.lastNumber += 1
            let connection = WireConnection(to: baseURL, number: state.lastNumber, on: eventLoop, pool: self)
            state.all[state.lastNumber] = connection
            return connection
        }
        guard let connection = added else { throw WireError.interrupted }
        do { try await open(connection, to: baseURL, on: eventLoop) } catch {
            forget(connection, to: baseURL)
            throw error
        }
        return connection
    }

    private func open(_ connection: WireConnection, to baseURL: String, on eventLoop: any EventLoop) async throws {
        try await connector.open(try WireAddress(baseURL: baseURL), eventLoop) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers(
                    HTTPRequestEncoder(),
                    ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)), connection)
            }
        }
    }
}
