import EmberCore
import EmberDocument

/// One decision of a run, as it becomes known.
struct DecisionLine {
    enum Route {
        case edge, cloud(OffloadReason), rejected(Rejection)
    }

    private let time: Time
    /// Nil where residents change without a request.
    private let pair: PairID?
    private let requests: Int
    var route: Route?
    private var loads: [InstanceID] = []
    private var unloads: [InstanceID] = []
    private var costs = CostVector()
    private var decisions: [Decision] = []

    init(_ time: Time, _ pair: PairID?, _ requests: Int) {
        self.time = time
        self.pair = pair
        self.requests = requests
    }

    mutating func add(_ costs: CostVector, _ effects: [Effect], _ decisions: [Decision]) {
        self.costs = self.costs + costs
        self.decisions += decisions
        for case .beginLoad(let instance) in effects { loads.append(instance) }
        for case .beginUnload(let instance, _) in effects { unloads.append(instance) }
    }

    func json(_ names: DecisionNames) -> JSONValue {
        var members = [JSONValue.Member(key: names.timeKey, value: .number(time.seconds))]
        func put(_ key: String, _ value: JSONValue) { members.append(JSONValue.Member(key: key, value: value)) }
        if let pair {
            put("service", .string(names.service(of: pair)))
            put("model", .string(names.model(of: pair)))
            put("requests", .integer(requests))
        }
        put("decision", .string(decision))
        if case .cloud(let reason) = route { put("reason", .string(reason.name)) }
        if case .rejected(let rejection) = route { put("reason", .string(rejection.name)) }
        if pair == nil { put("loaded", .array(loads.map(names.json))) }
        if !unloads.isEmpty { put(pair == nil ? "unloaded" : "victims", .array(unloads.map(names.json))) }
        put("terms", names.json(costs))
        if !decisions.isEmpty { put("admissions", .array(decisions.map(names.json))) }
        return .object(members)
    }

    private var decision: String {
        switch route {
        case .edge: loads.isEmpty ? "edge" : "load"
        case .cloud: "cloud"
        case .rejected: "rejected"
        case nil: pair == nil ? "residents" : "none"
        }
    }
}

/// How lines of a log call models, services and instances.
struct DecisionNames {
    let catalogue: Catalogue
    let time: TimeModel

    var timeKey: String { time == .slots ? "slot" : "time" }

    func service(of pair: PairID) -> String { catalogue[catalogue.service(of: pair)].name }

    func model(of pair: PairID) -> String { catalogue[catalogue.model(of: pair)].name }

    func json(_ instance: InstanceID) -> JSONValue { .string(catalogue.name(of: instance)) }

    /// Terms that need a price only where they are not 0.
    func json(_ costs: CostVector) -> JSONValue {
        .object(
            Measure.terms.compactMap { measure in
                guard let term = measure.term, !term.needsPrice || costs[term] > 0 else { return nil }
                return JSONValue.Member(key: measure.rawValue, value: .number(costs[term]))
            })
    }

    /// No claim, and no score of a resident that could not go: null. An open gate's claim is infinite, which JSON has
    /// no number for.
    func json(_ decision: Decision) -> JSONValue {
        .object([
            "newcomer": decision.newcomer.map(json) ?? .null,
            "outcome": .string(decision.outcome.name),
            "needed": .integer(decision.needed.count), "free": .integer(decision.free.count),
            "claim": decision.claim.isFinite ? .number(decision.claim) : .null,
            "candidates": .array(decision.candidates.map(json)), "others": .integer(decision.others),
        ])
    }

    private func json(_ candidate: Decision.Candidate) -> JSONValue {
        .object([
            "instance": json(candidate.instance), "standing": .string(candidate.standing.name),
            "score": candidate.score.map { $0.isFinite ? .number($0) : .null } ?? .null,
            "age_of_context": .number(candidate.ageOfContext), "footprint": .integer(candidate.footprint.count),
        ])
    }
}
