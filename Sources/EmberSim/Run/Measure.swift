import EmberCore

/// A row of the papers' Table II, or another figure of a run.
public enum Measure: String, Sendable, CaseIterable, Codable, CodingKeyRepresentable {
    // Named as in the server's state where that has them.
    case systemCost = "total"
    case switchingCost = "switching"
    case accuracyCost = "accuracy"
    case averageAccuracyCost = "accuracy_per_request"
    case inferenceLatency = "inference"
    case offloadingLatency = "transmission"
    case cloudCost = "cloud"
    case edgeRatio = "edge_ratio"
    case requests, loads
    /// Where the scenario states the energy of tokens, and its price.
    case energy = "joules"
    case energyCost = "energy"
    /// Where seconds have a weight.
    case waitingCost = "waiting"
    /// In event time alone.
    case meanWait = "mean_wait_seconds"
    case wait99 = "wait_99_seconds"
    case loadSeconds = "load_seconds"
    case rejectedRequests = "rejected_requests"
    /// Where the cloud's bills are known: those of a server's log.
    case billed
    /// Where bounds were asked for.
    case boundRatio = "bound_ratio"

    /// Every run has these, and publications may.
    public static let published = Array(allCases.prefix { $0 != .energy })

    /// The key in `published` before this release; nil if it is the same.
    var formerName: String? {
        switch self {
        case .systemCost: "systemCost"
        case .switchingCost: "switchingCost"
        case .accuracyCost: "accuracyCost"
        case .averageAccuracyCost: "averageAccuracyCost"
        case .inferenceLatency: "inferenceLatency"
        case .offloadingLatency: "offloadingLatency"
        case .cloudCost: "cloudCost"
        case .edgeRatio: "edgeRatio"
        default: nil
        }
    }

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

    /// The measures of the cost's terms, in the order in which reports show them.
    static let terms = allCases.filter { $0.term != nil }

    /// The term of the system cost that it is, per slot.
    var term: CostTerm? {
        switch self {
        case .switchingCost: .switching
        case .accuracyCost: .accuracy
        case .inferenceLatency: .inference
        case .offloadingLatency: .transmission
        case .cloudCost: .cloud
        case .energyCost: .energy
        case .waitingCost: .waiting
        default: nil
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
            // Per request run at the edge.
            .averageAccuracyCost: ledger.edgeRequests > 0 ? ledger[.accuracy] / Double(ledger.edgeRequests) : 0,
            .edgeRatio: ledger.edgeRatio,
            .requests: Double(ledger.edgeRequests + ledger.cloudRequests + ledger.rejectedRequests),
            .loads: Double(ledger.loads),
        ]
        for measure in Measure.allCases {
            guard let term = measure.term, scenario.prices(term) else { continue }
            values[measure] = ledger[term] / slots
        }
        if scenario.countsEnergy { values[.energy] = ledger.joules / slots }
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

extension Scenario {
    fileprivate func prices(_ term: CostTerm) -> Bool {
        switch term {
        case .energy: pricesEnergy
        case .waiting: settings.weights != nil
        default: true
        }
    }
}
