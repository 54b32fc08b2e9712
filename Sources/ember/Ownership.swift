import EmberConfig
import EmberEngine
import EmberServer
import Foundation
import Logging
import NIOCore
import Synchronization

/// What one Ember has for itself: its state folder, and the place where it listens.
final class Ownership: Sendable {
    private let state: StateLock?
    private let socket: SocketPlace?
    private let isListening = Atomic(false)

    /// Takes both, and removes what engines of an Ember that was killed have left.
    init(_ configuration: Configuration, _ folders: ConfigurationFolders, _ logger: Logger) throws {
        state = try Self.lock(folders.state, for: configuration.network.listen, logger)
        socket = try Self.place(for: configuration.network.listen)
        let left = EngineLeftovers.remove()
        if left > 0 { logger.notice("removed \(left) folders of engines whose Ember has ended without doing so") }
    }

    private static func lock(_ folder: String, for listen: ListenAddress, _ logger: Logger) throws -> StateLock? {
        do throws(StateLock.Problem) {
            return try StateLock(folder: folder, address: listen.text, files: .system)
        } catch {
            guard case .unavailable = error else { throw CommandFailure("\(error)") }
            logger.warning("\(error); another Ember with the same state folder would not be noticed")
            return nil
        }
    }

    private static func place(for listen: ListenAddress) throws -> SocketPlace? {
        guard case .unix(let path) = listen else { return nil }
        do throws(SocketPlace.Problem) { return try SocketPlace(path: path) } catch { throw CommandFailure("\(error)") }
    }

    var hasListened: Bool { isListening.load(ordering: .relaxed) }

    /// Connections are accepted, at that address.
    func didListen(at address: String) {
        isListening.store(true, ordering: .relaxed)
        socket?.release()
        state?.announce(address: address)
    }

    /// Why nothing can listen there, and what to do.
    static func cannotListen(on listen: ListenAddress, _ error: IOError) -> String {
        let choose = "Choose another address with --listen"
        switch error.errnoCode {
        case EADDRINUSE: return "\(listen.text) is in use: is another Ember running? \(choose)"
        case EADDRNOTAVAIL: return "\(listen.text) is no address of this machine. \(choose)"
        case EACCES: return "this user may not listen on \(listen.text). \(choose)"
        default: return "cannot listen on \(listen.text): \(String(cString: strerror(error.errnoCode))). \(choose)"
        }
    }
}
