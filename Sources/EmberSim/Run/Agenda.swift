import EmberCore
import HeapModule

/// What is to happen, the earliest first; of equal instants, what was planned first. O(log items).
struct Agenda<Item> {
    private struct Entry: Comparable {
        let time: Time
        let serial: Int
        let item: Item

        static func < (a: Entry, b: Entry) -> Bool { (a.time, a.serial) < (b.time, b.serial) }
        static func == (a: Entry, b: Entry) -> Bool { a.serial == b.serial }
    }

    private var entries = Heap<Entry>()
    private var planned = 0

    /// When the next thing happens; nil when nothing is planned.
    var next: Time? { entries.min?.time }

    mutating func plan(_ item: Item, at time: Time) {
        entries.insert(Entry(time: time, serial: planned, item: item))
        planned += 1
    }

    mutating func pop() -> Item? { entries.popMin()?.item }
}
