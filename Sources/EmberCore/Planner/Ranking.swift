/// Residents in the order of a key, the lowest first: a binary heap with the place of each resident in it. O(log
/// residents).
struct Ranking: Codable, Sendable {
    private struct Entry: Codable {
        let key: Double
        let instance: InstanceID
    }

    private var heap: [Entry] = []
    /// By instance, its place in the heap.
    private var places: [Int]

    private static let outside = -1

    init(instances: Int) { places = Array(repeating: Self.outside, count: instances) }

    var count: Int { heap.count }

    /// The lowest key and its instance; of equal keys any.
    var lowest: (key: Double, instance: InstanceID)? {
        guard let first = heap.first else { return nil }
        return (first.key, first.instance)
    }

    func key(of instance: InstanceID) -> Double? { contains(instance) ? heap[places[instance.index]].key : nil }

    func contains(_ instance: InstanceID) -> Bool { places[instance.index] != Self.outside }

    /// Ranks the instance by the key, whether or not it was ranked before.
    mutating func rank(_ instance: InstanceID, by key: Double) {
        let entry = Entry(key: key, instance: instance)
        if !contains(instance) {
            places[instance.index] = heap.count
            heap.append(entry)
        }
        sift(entry, from: places[instance.index])
    }

    mutating func remove(_ instance: InstanceID) {
        guard contains(instance) else { return }
        let place = places[instance.index]
        places[instance.index] = Self.outside
        let last = heap.removeLast()
        if last.instance != instance { sift(last, from: place) }
    }

    /// Puts the entry where its key belongs, given a free place.
    private mutating func sift(_ entry: Entry, from free: Int) {
        var place = free
        while place > 0, entry.key < heap[(place - 1) / 2].key {
            put(heap[(place - 1) / 2], at: place)
            place = (place - 1) / 2
        }
        while let child = lowestChild(of: place), heap[child].key < entry.key {
            put(heap[child], at: place)
            place = child
        }
        put(entry, at: place)
    }

    private func lowestChild(of place: Int) -> Int? {
        let left = 2 * place + 1
        guard left < heap.count else { return nil }
        return left + 1 < heap.count && heap[left + 1].key < heap[left].key ? left + 1 : left
    }

    private mutating func put(_ entry: Entry, at place: Int) {
        heap[place] = entry
        places[entry.instance.index] = place
    }
}
