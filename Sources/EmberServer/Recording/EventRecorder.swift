import Dispatch
public import EmberCore
import Foundation
public import Logging
import Synchronization

/// Writes down every event of a run with a digest of its effects, so that `ember replay` can decide it all again.
///
/// One file a run, `events-TIME.log`, in a folder of this user's own: a line of JSON that says what was decided with
/// (`RecordedSetting`), then a line an event (`RecordedEvent`). No prompt, no answer and no key is in it. Lines are written
/// once a second, beside the way of requests; a kill loses the last second, and what it cuts off is passed over.
public final class EventRecorder: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var isFlushPlanned = false
        /// Of this run, with what is pending.
        var bytes: Int
        var isFull = false
    }

    public let file: String
    private let handle: FileHandle
    private let limit: Int
    private let logger: Logger
    private let queue = DispatchQueue(label: "ember.events", qos: .utility)
    private let state: Mutex<State>

    private static let flushInterval = DispatchTimeInterval.seconds(1)
    private static let prefix = "events-"

    /// Begins a log; logs of earlier runs go, the oldest first, until this one may have half of the limit.
    ///
    /// - Parameter limit: of the whole folder, in bytes.
    public init(folder: String, limit: Int, setting: RecordedSetting, logger: Logger) throws {
        let manager = FileManager.default
        try manager.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let kept = try Self.removeOldest(in: folder, downTo: limit / 2)
        file = "\(folder)/\(Self.prefix)\(Int(setting.began * 1000)).log"
        guard manager.createFile(atPath: file, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: file)
        else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: file]) }
        self.handle = handle
        self.limit = limit - kept
        self.logger = logger
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let header = try Array(encoder.encode(setting)) + [UInt8(ascii: "\n")]
        try handle.write(contentsOf: Data(header))
        state = Mutex(State(bytes: header.count))
    }

    /// Takes note of an event; never waits for the disk. At the limit the log ends: what came before can be replayed.
    func record(_ event: Event, at time: Time, _ effects: [Effect]) {
        let line = RecordedEvent(time: time, event: event, digest: EffectDigest(effects)).line
        let isFlushDue = state.withLock { state in
            guard !state.isFull else { return false }
            guard state.bytes + line.utf8.count < limit else {
                state.isFull = true
                logger.warning("the log of events is full: raise events.limit; later events are not in \(file)")
                return false
            }
            state.pending.append(contentsOf: line.utf8)
            state.pending.append(UInt8(ascii: "\n"))
            state.bytes += line.utf8.count + 1
            defer { state.isFlushPlanned = true }
            return !state.isFlushPlanned
        }
        if isFlushDue { queue.asyncAfter(deadline: .now() + Self.flushInterval) { self.flush() } }
    }

    /// Writes what is left.
    public func close() {
        queue.sync { flush() }
        try? handle.close()
    }

    private func flush() {
        let pending = state.withLock { state in
            defer { (state.pending, state.isFlushPlanned) = ([], false) }
            return state.pending
        }
        do { try handle.write(contentsOf: Data(pending)) } catch {
            state.withLock { $0.isFull = true }
            logger.warning("the log of events ends here: \(error)")
        }
    }

    /// - Returns: the bytes of the logs that are left.
    private static func removeOldest(in folder: String, downTo limit: Int) throws -> Int {
        let manager = FileManager.default
        let logs = try manager.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix(prefix) }.sorted()
        var sizes = logs.map { name in
            (try? manager.attributesOfItem(atPath: folder + "/" + name))?[.size] as? Int ?? 0
        }
        var total = sizes.reduce(0, +)
        for name in logs where total > limit {
            try manager.removeItem(atPath: folder + "/" + name)
            total -= sizes.removeFirst()
        }
        return total
    }
}
