import EmberCore

/// A row of the papers' Table II, and what else is told of a run.
public enum Measure: String, Sendable, CaseIterable {
    case systemCost, switchingCost, accuracyCost, averageAccuracyCost, inferenceLatency, offloadingLatency, cloudCost
    case edgeRatio, requests, loads
    case meanWait, wait99, loadSeconds, rejectedRequests

    /// What a run in slots tells: nothing waits in them, and nothing is refused.
    static let ofSlots = Array(allCases.prefix { $0 != .meanWait })

    public var label: String {
        switch self {
        case .systemCost: "system cost"
        case .switchingCost: "switching cost"
        case .accuracyCost: "accuracy cost"
        case .averageAccuracyCost: "average accuracy cost"
        case .inferenceLatency: "inference latency"
        case .offloadingLatency: "offloading latency"
        case .cloudCost: "cloud cost"
        case .edgeRatio: "edge ratio"
        case .requests: "requests"
        case .loads: "loads"
        case .meanWait: "mean wait, s"
        case .wait99: "99 % wait at most, s"
        case .loadSeconds: "seconds of loads"
        case .rejectedRequests: "rejected requests"
        }
    }

    /// Whether a lower figure is a better one; nil where neither is.
    public var isBetterLow: Bool? {
        switch self {
        case .edgeRatio, .requests, .loads, .loadSeconds: nil
        default: true
        }
    }
}

/// What one run came to: costs are means per slot; requests and loads, and their seconds, are those of the whole run.
public struct Outcome: Sendable, Equatable {
    private let values: [Measure: Double]

    public subscript(measure: Measure) -> Double { values[measure] ?? 0 }

    init(_ ledger: CostLedger, slots: Int, waiting: Waiting = Waiting()) {
        let slots = Double(slots)
        values = [
            .systemCost: ledger.total / slots,
            .switchingCost: ledger.switching / slots,
            .accuracyCost: ledger.accuracy / slots,
            // Per request run at the edge.
            .averageAccuracyCost: ledger.edgeRequests > 0 ? ledger.accuracy / Double(ledger.edgeRequests) : 0,
            .inferenceLatency: ledger.inference / slots,
            .offloadingLatency: ledger.transmission / slots,
            .cloudCost: ledger.cloud / slots,
            .edgeRatio: ledger.edgeRatio,
            .requests: Double(ledger.edgeRequests + ledger.cloudRequests + ledger.rejectedRequests),
            .loads: Double(ledger.loads),
            .meanWait: waiting.mean,
            .wait99: waiting.percentile99,
            .loadSeconds: waiting.loadSeconds,
            .rejectedRequests: Double(ledger.rejectedRequests),
        ]
    }
}
