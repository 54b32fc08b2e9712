import EmberCore

/// A row of the papers' Table II, and what else is told of a run.
public enum Measure: String, Sendable, CaseIterable, Codable, CodingKeyRepresentable {
    case systemCost, switchingCost, accuracyCost, averageAccuracyCost, inferenceLatency, offloadingLatency, cloudCost
    case edgeRatio, requests, loads, boundRatio

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
        case .boundRatio: "ratio to bound"
        }
    }

    /// Whether a lower figure is a better one; nil where neither is.
    public var isBetterLow: Bool? {
        switch self {
        case .edgeRatio, .requests, .loads: nil
        default: true
        }
    }
}

/// What one run came to: costs are means per slot, requests and loads are counts of the run.
public struct Outcome: Sendable, Equatable {
    let values: [Measure: Double]

    public subscript(measure: Measure) -> Double { values[measure] ?? 0 }

    init(values: [Measure: Double]) { self.values = values }

    /// An outcome of which nothing but this cost per slot is known.
    init(systemCost: Double) { values = [.systemCost: systemCost] }

    func has(_ measure: Measure) -> Bool { values[measure] != nil }

    /// The outcome with one more measure.
    func adding(_ measure: Measure, _ value: Double) -> Outcome {
        Outcome(values: values.merging([measure: value]) { $1 })
    }

    init(_ ledger: CostLedger, slots: Int) {
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
            .requests: Double(ledger.edgeRequests + ledger.cloudRequests),
            .loads: Double(ledger.loads),
        ]
    }
}
