/// The system cost by its terms, and what else a run is measured by, added up event by event (system model, "Costs").
public struct CostLedger: Hashable, Codable, Sendable {
    public private(set) var costs = CostVector()

    /// Energy at the edge, in joules, whether or not it has a price: of requests' tokens as declared, until the
    /// machine's own is measured, and from then on that.
    public private(set) var joules = 0.0
    public private(set) var joulesAreMeasured = false

    /// Seconds of loads, and money billed by the cloud, whether or not they have a weight; not in slots.
    public private(set) var loadSeconds = 0.0
    public private(set) var billed = 0.0

    public private(set) var loads = 0
    public private(set) var evictions = 0
    public private(set) var edgeRequests = 0
    public private(set) var cloudRequests = 0
    public private(set) var rejectedRequests = 0

    public init() {}

    public subscript(term: CostTerm) -> Double { costs[term] }

    /// The system cost: the sum of the terms.
    public var total: Double { costs.total }

    /// Requests run at the edge over all requests served, 0 when none was.
    public var edgeRatio: Double {
        let served = edgeRequests + cloudRequests
        return served == 0 ? 0 : Double(edgeRequests) / Double(served)
    }

    mutating func chargeLoad(cost: Double) {
        costs[.switching] += cost
        loads += 1
    }

    /// The time of a load, and what it has cost.
    mutating func chargeLoad(seconds: Double, cost: Double) {
        costs[.switching] += cost
        loadSeconds += seconds
    }

    mutating func charge(bill: Double) { billed += bill }

    mutating func chargeWait(_ cost: Double) { costs[.waiting] += cost }

    /// - Parameters:
    ///   - tokens: prefill and decode of all the requests together.
    ///   - seconds: what their time has cost; nil: they cost what their tokens do.
    mutating func chargeEdge(
        of model: ModelSpec, accuracy answer: Double, tokens: Int, requests: Int, seconds: Double? = nil
    ) {
        costs[.accuracy] += Double(requests) * model.costs.wrongAnswer * (1 - answer)
        costs[.inference] += seconds ?? model.costs.inferencePerToken * Double(tokens)
        costs[.transmission] += Double(requests) * model.costs.transmissionPerRequest
        edgeRequests += requests
        guard !joulesAreMeasured else { return }
        let joules = model.costs.joules(tokens: tokens)
        self.joules += joules
        costs[.energy] += model.costs.perJoule * joules
    }

    /// What the machine was measured to take, and the price of a joule: from now on requests add no energy of their
    /// own.
    mutating func charge(measuredJoules: Double, perJoule: Double) {
        joulesAreMeasured = true
        joules += measuredJoules
        costs[.energy] += perJoule * measuredJoules
    }

    mutating func chargeCloud(of model: ModelSpec, requests: Int) {
        costs[.cloud] += Double(requests) * model.costs.cloudPerRequest
        cloudRequests += requests
    }

    /// One request in the cloud, as measured.
    mutating func chargeCloud(latency: Double, price: Double) {
        costs[.transmission] += latency
        costs[.cloud] += price
        cloudRequests += 1
    }

    /// The ledger of two servers together.
    public static func + (a: CostLedger, b: CostLedger) -> CostLedger {
        var sum = a
        sum.costs = a.costs + b.costs
        sum.joules += b.joules
        sum.joulesAreMeasured = a.joulesAreMeasured || b.joulesAreMeasured
        sum.loadSeconds += b.loadSeconds
        sum.billed += b.billed
        sum.loads += b.loads
        sum.evictions += b.evictions
        sum.edgeRequests += b.edgeRequests
        sum.cloudRequests += b.cloudRequests
        sum.rejectedRequests += b.rejectedRequests
        return sum
    }

    mutating func countEviction() { evictions += 1 }
    mutating func countRejection() { rejectedRequests += 1 }
}
