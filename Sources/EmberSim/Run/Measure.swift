import EmberCore

/// A row of the papers' Table II, and what else is told of a run.
public enum Measure: String, Sendable, CaseIterable, Codable, CodingKeyRepresentable {
    case systemCost, switchingCost, accuracyCost, averageAccuracyCost, inferenceLatency, offloadingLatency, cloudCost
    case edgeRatio, requests, loads
    /// Where the scenario states the energy of tokens, and its price.
    case energy, energyCost
    /// Where seconds have a weight.
    case waitingCost
    /// In event time alone.
    case meanWait, wait99, loadSeconds, rejectedRequests
    /// Where the cloud's bills are known: those of a server's log.
    case billed
    /// Where bounds were asked for.
    case boundRatio

    /// What every run tells, and publications may.
    static let published = Array(allCases.prefix { $0 != .energy })

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
        case .energy: "energy, J"
        case .energyCost: "energy cost"
        case .waitingCost: "waiting cost"
        case .meanWait: "mean wait, s"
        case .wait99: "99 % wait at most, s"
        case .loadSeconds: "seconds of loads"
        case .rejectedRequests: "rejected requests"
        case .billed: "money for the cloud"
        case .boundRatio: "ratio to bound"
        }
    }

    /// Whether a lower figure is a better one; nil where neither is.
    public var isBetterLow: Bool? {
        switch self {
        case .edgeRatio, .requests, .loads, .energy, .loadSeconds: nil
        default: true
        }
    }
}

/// What one run came to: costs are means per slot; requests and loads, and their seconds, are those of the whole run.
public struct RunOutcome: Sendable, Equatable {
    let values: [Measure: Double]

    public subscript(measure: Measure) -> Double { values[measure] ?? 0 }

    init(values: [Measure: Double]) { self.values = values }

    /// An outcome of which nothing but this cost per slot is known.
    init(systemCost: Double) { values = [.systemCost: systemCost] }

    func has(_ measure: Measure) -> Bool { values[measure] != nil }

    /// The outcome with one more measure.
    func adding(_ measure: Measure, _ value: Double) -> RunOutcome {
        RunOutcome(values: values.merging([measure: value]) { $1 })
    }

    init(_ total: RunTotal, _ scenario: Scenario) {
        let (ledger, waiting) = (total.ledger, total.waiting)
        let slots = Double(scenario.slots)
        var values: [Measure: Double] = [
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
        ]
        if scenario.countsEnergy { values[.energy] = ledger.joules / slots }
        if scenario.pricesEnergy { values[.energyCost] = ledger.energy / slots }
        if scenario.settings.weights != nil { values[.waitingCost] = ledger.waiting / slots }
        if let waiting {
            values[.meanWait] = waiting.mean
            values[.wait99] = waiting.percentile99
            values[.loadSeconds] = waiting.loadSeconds
            values[.rejectedRequests] = Double(ledger.rejectedRequests)
        }
        if case .recorded = scenario.workload { values[.billed] = ledger.billed }
        self.values = values
    }
}
