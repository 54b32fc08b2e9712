import EmberCore

/// What is to happen, earliest first; what is planned first goes first at the same instant.
struct Agenda<Item> {
    private var entries: [(time: Time, item: Item)] = []

    var next: Time? { entries.first?.time }
    var isEmpty: Bool { entries.isEmpty }

    mutating func plan(_ item: Item, at time: Time) {
        let place = entries.firstIndex { $0.time > time } ?? entries.count
        entries.insert((time, item), at: place)
    }

    mutating func popFirst() -> Item { entries.removeFirst().item }
}
