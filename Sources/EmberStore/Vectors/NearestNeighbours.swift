/// A demonstration's id and how near it is, from -1 to 1.
struct Neighbour: Sendable {
    let id: Int
    let cosine: Float

    /// The newer one is nearer among equals, so that the order never depends on where rows lie.
    func isNearer(than other: Neighbour) -> Bool {
        (cosine, id) > (other.cosine, other.id)
    }
}

/// The nearest of all that were offered, in order; an offer is O(1) unless it is among them.
struct NearestNeighbours {
    let limit: Int
    private(set) var ranked: [Neighbour] = []

    init(limit: Int) { self.limit = limit }

    mutating func offer(_ neighbour: Neighbour) {
        if ranked.count == limit {
            guard let last = ranked.last, neighbour.isNearer(than: last) else { return }
            ranked.removeLast()
        }
        let place = ranked.lastIndex { !neighbour.isNearer(than: $0) }.map { $0 + 1 } ?? 0
        ranked.insert(neighbour, at: place)
    }
}
