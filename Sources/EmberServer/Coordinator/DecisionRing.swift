/// The last decisions, oldest overwritten first.
struct DecisionRing {
    static let capacity = 256
    private var entries: [DecisionView] = []
    private var next = 0

    mutating func append(_ entry: DecisionView) {
        if entries.count < Self.capacity {
            entries.append(entry)
        } else {
            entries[next] = entry
            next = (next + 1) % Self.capacity
        }
    }

    var newestFirst: [DecisionView] { (entries[next...] + entries[..<next]).reversed() }
}
