import EmberSystem
import Synchronization

/// The last lines that each model's engines have written: of the present one, and of those before it.
public final class EngineOutputs: Sendable {
    /// Lines that are kept of a model.
    static let most = 200

    private struct Tail {
        var lines: [String] = []
        /// Of all lines since Ember's start, how many came before the first that is kept.
        var dropped = 0
        /// Fulfilled with the next line.
        var next = Promise<Void>()

        var end: Int { dropped + lines.count }

        /// - Returns: what waits for the line.
        mutating func append(_ line: String) -> Promise<Void> {
            lines.append(line)
            // Half as much again is kept at times, so that not every line moves all others.
            if lines.count > EngineOutputs.most * 3 / 2 {
                dropped += lines.count - EngineOutputs.most
                lines.removeFirst(lines.count - EngineOutputs.most)
            }
            defer { next = Promise() }
            return next
        }
    }

    /// Lines, and where the next one will be.
    struct Piece: Sendable {
        let lines: [String]
        let end: Int
        fileprivate let next: Promise<Void>
    }

    private let tails = Mutex<[String: Tail]>([:])

    public init() {}

    /// Takes a line of a model's engine.
    func append(_ line: String, of model: String) {
        tails.withLock { $0[model, default: Tail()].append(line) }.fulfil(())
    }

    /// The last lines, oldest first.
    func last(_ count: Int, of model: String) -> Piece { piece(of: model) { max($0.dropped, $0.end - count) } }

    /// What has come since an earlier piece, after a wait where that is nothing; lines that are not kept are left out.
    ///
    /// - Parameter limit: then the piece is empty.
    func next(
        after piece: Piece, of model: String, within limit: Duration, by time: TimeSource
    ) async -> Piece {
        let known = self.piece(of: model) { _ in piece.end }
        guard known.lines.isEmpty else { return known }
        _ = await time.within(limit) { await known.next.valueUnlessCancelled() }
        return self.piece(of: model) { _ in piece.end }
    }

    private func piece(of model: String, from start: (Tail) -> Int) -> Piece {
        tails.withLock { tails in
            let tail = tails[model, default: Tail()]
            tails[model] = tail
            let first = min(max(start(tail) - tail.dropped, 0), tail.lines.count)
            return Piece(lines: Array(tail.lines[first...].suffix(Self.most)), end: tail.end, next: tail.next)
        }
    }
}
