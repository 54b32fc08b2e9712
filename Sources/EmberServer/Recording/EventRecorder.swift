public import EmberCore
public import EmberSystem
import Foundation
public import Logging
import Synchronization

/// Writes down every event of a run with a digest of its effects, so that `ember replay` can decide it all again.
///
/// A run is written in parts, `events-RUN-TIME-0001.log` and so on. Each is a line of JSON that says what was decided
/// with (`RecordedSetting`); from the second part on a line with the planner as it was when the part began; then a line
/// an event (`RecordedEvent`). So each can be replayed by itself, and the oldest go when all logs together reach the
/// limit. No prompt, no answer and no key is in them. Lines are written once a second, beside the way of requests; a
/// kill loses the last second, and what it cuts off is passed over.
public final class EventRecorder: Sendable {
    private struct State {
        /// Lines of the present part that are not written yet.
        var pending: [UInt8] = []
        /// What comes before them, where a part has ended since lines were written last.
        var turn: Turn?
        /// Of the present part's events, with what is pending.
        var bytes = 0
        /// How many there may be; nil until it is known what the part's head takes.
        var share: Int?
        var isFlushPlanned = false
        var hasEnded = false

        /// - Returns: how soon lines are to be written; nil where that is seen to, or nothing is to be written any
        ///   more.
        mutating func take(_ line: String, _ planner: any Planning) -> Duration? {
            guard !hasEnded else { return nil }
            pending.append(contentsOf: line.utf8)
            pending.append(newline)
            bytes += line.utf8.count + 1
            if share == nil, pending.count > mostPending {
                end()
                return nil
            }
            if let share, bytes >= share {
                turn = Turn(rest: pending, planner: planner)
                (pending, bytes, self.share) = ([], 0, nil)
                return .zero
            }
            defer { isFlushPlanned = true }
            return isFlushPlanned ? nil : flushInterval
        }

        /// What is pending belongs to a part that will not be written.
        mutating func end() {
            hasEnded = true
            pending = []
        }
    }

    /// From one part to the next.
    private struct Turn {
        /// Lines of the part that has ended.
        let rest: [UInt8]
        let planner: any Planning
    }

    /// The part that is written to.
    private struct Part {
        var setting: RecordedSetting
        /// Nil once the log has been closed.
        var file: (any OpenFile)?
    }

    private let folder: LogFolder
    /// Counted in the folder: clocks are not to be trusted with the order of runs.
    private let run: Int
    private let logger: Logger
    private let queue: WorkQueue
    private let state: Mutex<State>
    /// Locked on the queue alone, so that no request waits for it.
    private let part: Mutex<Part>

    private static let flushInterval = Duration.seconds(1)
    /// What may wait for a new part to begin, in bytes: a disk that hangs must not fill the memory.
    private static let mostPending = 16 << 20
    /// A part takes this share of the limit.
    private static let partsInLimit = 8
    private static let newline = UInt8(ascii: "\n")

    /// Begins a log; the oldest logs of earlier runs go where it needs their room.
    ///
    /// - Parameter limit: of the whole folder, in bytes.
    public init(
        folder path: String, limit: Int, setting: RecordedSetting, logger: Logger,
        surroundings: Surroundings
    ) throws {
        folder = try LogFolder(path, limit: limit, files: surroundings.files)
        queue = surroundings.queue("ember.events", isUrgent: false)
        self.logger = logger
        let head = try Self.line(of: setting)
        let size = min(limit, Self.size(ofPartWithHead: head.count, limit: limit))
        run = try folder.nextRun()
        try folder.makeRoom(for: size)
        let file = try folder.create(LogName(run: run, began: setting.began, part: setting.part), head: head)
        part = Mutex(Part(setting: setting, file: file))
        state = Mutex(State(share: size - head.count))
    }

    /// Takes note of an event; never waits for the disk.
    ///
    /// - Parameter planner: as the event has left it. If the part is full, the next one begins with it.
    func record(_ event: Event, at time: Time, _ effects: [Effect], leaving planner: any Planning) {
        let line = RecordedEvent(time: time, event: event, digest: EffectDigest(effects)).line
        let (delay, isOverrun) = state.withLock { state in
            let hadEnded = state.hasEnded
            let delay = state.take(line, planner)
            return (delay, state.hasEnded && !hadEnded)
        }
        if isOverrun { warn("the disk does not take what there is to write") }
        if let delay { queue.begin(after: delay) { self.flush() } }
    }

    /// Writes what is pending; waits for the disk.
    func write() { queue.finish { flush() } }

    /// Writes what is left.
    public func close() {
        write()
        part.withLock { $0.file = nil }
    }

    private func flush() {
        let (turn, pending) = state.withLock { state in
            defer { (state.turn, state.pending, state.isFlushPlanned) = (nil, [], false) }
            return (state.turn, state.pending)
        }
        guard turn != nil || !pending.isEmpty else { return }
        do {
            try part.withLock { part in
                if let turn {
                    try part.file?.write(Data(turn.rest))
                    guard try begin(&part, with: turn.planner) else { return }
                }
                try part.file?.write(Data(pending))
            }
        } catch {
            end(because: "\(error)")
        }
    }

    /// Goes on to the next part, which begins with the planner; false: the log has ended.
    private func begin(_ part: inout Part, with planner: any Planning) throws -> Bool {
        var setting = part.setting
        setting.part += 1
        let head = try Self.line(of: setting) + Self.line(of: planner)
        let size = Self.size(ofPartWithHead: head.count, limit: folder.limit)
        guard size <= folder.limit else {
            end(because: "the planner's state takes \(head.count) bytes; raise events.limit to \(2 * head.count)")
            return false
        }
        try folder.makeRoom(for: size)
        let file = try folder.create(LogName(run: run, began: setting.began, part: setting.part), head: head)
        part = Part(setting: setting, file: file)
        state.withLock { $0.share = size - head.count }
        return true
    }

    private func end(because reason: String) {
        state.withLock { $0.end() }
        warn(reason)
    }

    private func warn(_ reason: String) { logger.warning("the log of events ends here: \(reason)") }

    /// At least half of a part is events, however much the planner takes.
    private static func size(ofPartWithHead bytes: Int, limit: Int) -> Int { max(limit / partsInLimit, 2 * bytes) }

    private static func line(of value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: RecordedInfinity.positive, negativeInfinity: RecordedInfinity.negative,
            nan: RecordedInfinity.notANumber)
        return try Array(encoder.encode(value)) + [newline]
    }
}
