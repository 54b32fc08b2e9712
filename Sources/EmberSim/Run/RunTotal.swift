import EmberCore

/// The totals of a run, before they are divided by slots.
struct RunTotal {
    var ledger: CostLedger
    /// Nil for a run in slots, where nothing waits and nothing is refused.
    var waiting: Waiting?

    /// Of two servers together.
    static func + (a: RunTotal, b: RunTotal) -> RunTotal {
        var waiting = a.waiting
        if let other = b.waiting { waiting?.add(other) }
        return RunTotal(ledger: a.ledger + b.ledger, waiting: waiting)
    }
}
