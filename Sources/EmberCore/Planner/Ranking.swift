/// Residents in the order of a key, the lowest first: a binary heap that knows where everyone is. O(log residents).
struct Ranking: Sendable {
    private var heap: [InstanceID] = []
    /// By instance.
    private var keys: [Double]
    /// By instance, its place in the heap; nil: not in it.
    private var places: [Int?]

    init(instances: Int) {
        keys = Array(repeating: 0, count: instances)
        places = Array(repeating: nil, count: instances)
    }

    var count: Int { heap.count }

    /// The lowest key and its instance; of equal keys any.
    var lowest: (key: Double, instance: InstanceID)? { heap.first.map { (keys[$0.index], $0) } }

    func key(of instance: InstanceID) -> Double? { contains(instance) ? keys[instance.index] : nil }

    func contains(_ instance: InstanceID) -> Bool { places[instance.index] != nil }

    /// Ranks the instance by the key, whether or not it was ranked before.
    mutating func rank(_ instance: InstanceID, by key: Double) {
        keys[instance.index] = key
        if places[instance.index] == nil {
            places[instance.index] = heap.count
            heap.append(instance)
        }
        settle(instance)
    }

    mutating func remove(_ instance: InstanceID) {
        guard let place = places[instance.index] else { return }
        places[instance.index] = nil
        let last = heap.removeLast()
        guard last != instance else { return }
        heap[place] = last
        places[last.index] = place
        settle(last)
    }

    /// Moves the instance to where its key belongs.
    private mutating func settle(_ instance: InstanceID) {
        guard var place = places[instance.index] else { return }
        while place > 0, keys[heap[place].index] < keys[heap[(place - 1) / 2].index] {
            swap(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
        while let child = lowestChild(of: place), keys[heap[child].index] < keys[heap[place].index] {
            swap(place, child)
            place = child
        }
    }

    private func lowestChild(of place: Int) -> Int? {
        let left = 2 * place + 1
        guard left < heap.count else { return nil }
        let right = left + 1
        return right < heap.count && keys[heap[right].index] < keys[heap[left].index] ? right : left
    }

    private mutating func swap(_ a: Int, _ b: Int) {
        heap.swapAt(a, b)
        places[heap[a].index] = a
        places[heap[b].index] = b
    }
}
