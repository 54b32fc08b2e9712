import EmberCore
import Foundation

/// What a scenario's keys are fitted to: the figures that were published of it.
public struct PublishedGoal: Sendable {
    /// In which ours must come in the published order of the policies.
    public var orders: [Measure]
    /// By how much at least, as the logarithm of the ratio of two neighbours.
    public var orderMargin: Double
    /// What the keys' values should lie within.
    public var plausible: [FitRange]
    /// Policies whose figures are predicted, and not fitted to.
    public var leftOut: Set<String>

    public static let tableOrders: [Measure] = [.systemCost, .edgeRatio, .switchingCost, .averageAccuracyCost]

    public init(
        orders: [Measure] = PublishedGoal.tableOrders, orderMargin: Double = 0, plausible: [FitRange] = [],
        leftOut: Set<String> = []
    ) {
        (self.orders, self.orderMargin, self.plausible, self.leftOut) = (orders, orderMargin, plausible, leftOut)
    }

    /// How far two values of a key outside of what is plausible count.
    func penalty(_ keys: [String], _ values: [String]) -> Double {
        zip(keys, values).reduce(0) { sum, entry in
            plausible.filter { $0.key == entry.0 }.reduce(sum) { $0 + pow($1.distance(of: entry.1), 2) }
        }
    }
}

/// How near the figures of one place are to the published ones.
public struct FitScore: Sendable {
    /// The mean square of the logarithms of our figures over the published ones, over all that are above 0.
    public let error: Double
    /// Pairs of policies that stand in the other order than published, or too near to each other.
    public let lostOrders: [LostOrder]
    /// For values that are not plausible.
    let penalty: Double

    public struct LostOrder: Sendable, CustomStringConvertible {
        public let measure: Measure
        /// What was published as the smaller one.
        public let smaller: String
        public let larger: String
        /// By how much it is missed: a logarithm of a ratio, above 0.
        let miss: Double

        public var description: String { "\(measure.rawValue): \(smaller) < \(larger)" }
    }

    /// A typical factor between a figure of ours and the published one.
    public var typicalFactor: Double { exp(error.squareRoot()) }

    /// What the search makes small: no order is worth a better figure.
    var figure: Double { error + penalty + lostOrders.reduce(0) { $0 + Self.lostOrderWeight + $1.miss } }

    private static let lostOrderWeight = 0.05
}

/// The means of a policy's figures over seeds, beside what was published.
public struct FittedRow: Sendable {
    public let policy: String
    public let published: [Measure: Double]
    public let means: [Measure: Double]

    /// Published figures of 0 have no ratio.
    var ratios: [(measure: Measure, logarithm: Double)] {
        published.sorted { $0.key.rawValue < $1.key.rawValue }.compactMap { measure, figure in
            guard figure > 0, let mean = means[measure] else { return nil }
            return (measure, log(max(mean, figure / 1000) / figure))
        }
    }
}

extension FitScore {
    /// - Parameters:
    ///   - rows: of all policies.
    ///   - penalty: for the place's values.
    init(_ rows: [FittedRow], _ goal: PublishedGoal, penalty: Double) {
        let ratios = rows.filter { !goal.leftOut.contains($0.policy) }.flatMap(\.ratios)
        error =
            ratios.isEmpty
            ? .infinity : ratios.reduce(0) { $0 + $1.logarithm * $1.logarithm } / Double(ratios.count)
        self.penalty = penalty
        lostOrders = goal.orders.flatMap { Self.lostOrders(rows, $0, goal) }
    }

    private static func lostOrders(_ rows: [FittedRow], _ measure: Measure, _ goal: PublishedGoal) -> [LostOrder] {
        // What is 0 by its nature, such as Cloud's edge ratio, has no order of interest.
        let ordered = rows.filter { !goal.leftOut.contains($0.policy) && $0.published[measure] ?? 0 > 0 }
            .sorted { ($0.published[measure] ?? 0, $0.policy) < ($1.published[measure] ?? 0, $1.policy) }
        return zip(ordered, ordered.dropFirst()).compactMap { smaller, larger in
            let (least, most) = (smaller.means[measure] ?? 0, larger.means[measure] ?? 0)
            let lead = log(max(most, 1e-9) / max(least, 1e-9))
            guard lead <= goal.orderMargin else { return nil }
            return LostOrder(
                measure: measure, smaller: smaller.policy, larger: larger.policy, miss: goal.orderMargin - lead)
        }
    }
}
