/// Those who wait for their turn at an engine's slots: the first come is the first served, so that none waits for ever.
struct SlotQueue<Wish: Sendable, Grant: Sendable> {
    /// nil: the wish was withdrawn.
    typealias Turn = CheckedContinuation<Grant?, Never>

    private var waiting: [(id: Int, wish: Wish, turn: Turn)] = []
    private var lastID = 0

    var isEmpty: Bool { waiting.isEmpty }
    var count: Int { waiting.count }

    /// By which a wish can be withdrawn.
    mutating func newID() -> Int {
        lastID += 1
        return lastID
    }

    mutating func add(_ id: Int, _ wish: Wish, _ turn: Turn) { waiting.append((id, wish, turn)) }

    /// Grants wishes in their order, up to the first that cannot be granted now.
    mutating func serve(_ grant: (Wish) -> Grant?) {
        while let first = waiting.first, let granted = grant(first.wish) {
            waiting.removeFirst()
            first.turn.resume(returning: granted)
        }
    }

    /// Ends the waiting of one that has not been served yet.
    mutating func withdraw(_ id: Int) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: index).turn.resume(returning: nil)
    }

    mutating func withdrawAll() {
        for one in waiting { one.turn.resume(returning: nil) }
        waiting = []
    }
}
