/// Instances of which something has changed that the `VictimIndex` must know of. Each machine adds to a set of its own;
/// the index takes all sets in before each search and at the end of each event.
struct ChangedInstances: Codable, Sendable {
    struct Change: Codable, Sendable {
        let instance: InstanceID
        /// Its score may be lower than before; else it has come, gone, or runs and awaits nothing any more.
        let isRevalued: Bool
    }

    /// Most events change one instance: it has a place of its own.
    private var first: Change?
    private var others: [Change] = []
    /// Every score may be lower than before.
    private var areAllRevalued = false

    var isEmpty: Bool {
        @inline(__always) get { first == nil && !areAllRevalued }
    }

    @inline(__always)
    mutating func insert(_ instance: InstanceID) { insert(Change(instance: instance, isRevalued: false)) }

    @inline(__always)
    mutating func insert(revalued instance: InstanceID) { insert(Change(instance: instance, isRevalued: true)) }

    @inline(__always)
    private mutating func insert(_ change: Change) {
        if first == nil { first = change } else { others.append(change) }
    }

    mutating func revalueAll() { areAllRevalued = true }

    @inline(__always)
    mutating func removeNext() -> Change? {
        guard let next = first else { return nil }
        first = others.popLast()
        return next
    }

    /// - Returns: whether all were revalued.
    @inline(__always)
    mutating func removeAllRevalued() -> Bool {
        guard areAllRevalued else { return false }
        areAllRevalued = false
        return true
    }

    mutating func removeAll() {
        first = nil
        others.removeAll(keepingCapacity: true)
        areAllRevalued = false
    }
}
