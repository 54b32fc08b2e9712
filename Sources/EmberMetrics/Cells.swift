import CoreMetrics
import Synchronization

/// A series of a registry, that many threads add to without a lock.
protocol MetricCell: AnyObject, Sendable {
    func write(_ labels: LabelText, to exposition: inout Exposition)
}

/// A number with a fraction that is added to without a lock.
final class AtomicAmount: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func add(_ amount: Double) {
        var known = bits.load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: known) + amount).bitPattern
            let result = bits.weakCompareExchange(expected: known, desired: next, ordering: .relaxed)
            if result.exchanged { return }
            known = result.original
        }
    }

    func reset() { bits.store(0, ordering: .relaxed) }
}

/// Counts whole events.
final class CounterCell: CounterHandler, MetricCell {
    private let count = Atomic<Int64>(0)
    private let omitsZero: Bool

    init(omitsZero: Bool) { self.omitsZero = omitsZero }

    func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }

    func reset() { count.store(0, ordering: .relaxed) }

    func write(_ labels: LabelText, to exposition: inout Exposition) {
        let count = count.load(ordering: .relaxed)
        if count != 0 || !omitsZero { exposition.sample(labels, Double(count)) }
    }
}

/// Adds up amounts, such as money.
final class AmountCell: FloatingPointCounterHandler, MetricCell {
    private let amount = AtomicAmount()

    func increment(by amount: Double) { self.amount.add(amount) }

    func reset() { amount.reset() }

    func write(_ labels: LabelText, to exposition: inout Exposition) {
        exposition.sample(labels, amount.value)
    }
}

/// Counts values by the buckets that they fall into.
final class HistogramCell: RecorderHandler, MetricCell {
    private final class Bucket: Sendable {
        let count = Atomic<Int>(0)
    }

    private let bounds: [Double]
    /// One for each bound, and one for values above the last.
    private let buckets: [Bucket]
    private let sum = AtomicAmount()
    private let omitsZero: Bool

    init(bounds: [Double], omitsZero: Bool) {
        (self.bounds, self.omitsZero) = (bounds, omitsZero)
        buckets = (0...bounds.count).map { _ in Bucket() }
    }

    func record(_ value: Int64) { record(Double(value)) }

    /// O(bounds).
    func record(_ value: Double) {
        guard !value.isNaN else { return }
        var place = 0
        while place < bounds.count, value > bounds[place] { place += 1 }
        buckets[place].count.wrappingAdd(1, ordering: .relaxed)
        sum.add(value)
    }

    func write(_ labels: LabelText, to exposition: inout Exposition) {
        let counts = buckets.map { $0.count.load(ordering: .relaxed) }
        if omitsZero, counts.allSatisfy({ $0 == 0 }) { return }
        exposition.histogram(labels, counts: counts, sum: sum.value)
    }
}
