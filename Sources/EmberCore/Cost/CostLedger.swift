/// The system cost and its terms, five of the papers, and waiting and energy where they have
/// a price, added up event by event (system model, "Costs").
public struct CostLedger: Hashable, Codable, Sendable {
    /// Loads: sum of lambda. Evictions are free.
    public private(set) var switching = 0.0
    /// Wrong answers at the edge: sum of c_A (1 - A(kappa)), kappa from before the request.
    public private(set) var accuracy = 0.0
    /// Prefill and decode at the edge: sum of tokens times c_m / f_n.
    public private(set) var inference = 0.0
    /// Carrying the input of edge requests to the edge; where the cloud's latency is measured, that of its answers.
    public private(set) var transmission = 0.0
    /// Requests run in the cloud: sum of l_0.
    public private(set) var cloud = 0.0

    /// Waiting before requests were worked on, where seconds have a weight: 0 where they have none, as in the papers.
    public private(set) var waiting = 0.0
    /// Energy at the edge, at its price: 0 where it has none.
    public private(set) var energy = 0.0
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

    /// The system cost: the sum of the terms.
    public var total: Double { switching + accuracy + inference + transmission + cloud + waiting + energy }

    /// Requests run at the edge over all requests served, 0 when none was.
    public var edgeRatio: Double {
        let served = edgeRequests + cloudRequests
        return served == 0 ? 0 : Double(edgeRequests) / Double(served)
    }

    mutating func chargeLoad(cost: Double) {
        switching += cost
        loads += 1
    }

    /// The time of a load, and what it has cost.
    mutating func chargeLoad(seconds: Double, cost: Double) {
        switching += cost
        loadSeconds += seconds
    }

    mutating func charge(bill: Double) { billed += bill }

    mutating func chargeWait(_ cost: Double) { waiting += cost }

    /// - Parameters:
    ///   - tokens: prefill and decode of all the requests together.
    ///   - seconds: what their time has cost; nil: they cost what their tokens do.
    mutating func chargeEdge(
        of model: ModelSpec, accuracy answer: Double, tokens: Int, requests: Int, seconds: Double? = nil
    ) {
        accuracy += Double(requests) * model.costs.wrongAnswer * (1 - answer)
        inference += seconds ?? model.costs.inferencePerToken * Double(tokens)
        transmission += Double(requests) * model.costs.transmissionPerRequest
        edgeRequests += requests
        guard !joulesAreMeasured else { return }
        let joules = model.costs.joules(tokens: tokens)
        self.joules += joules
        energy += model.costs.perJoule * joules
    }

    /// What the machine was measured to take, and the price of a joule: from now on requests add no energy of their
    /// own.
    mutating func charge(measuredJoules: Double, perJoule: Double) {
        joulesAreMeasured = true
        joules += measuredJoules
        energy += perJoule * measuredJoules
    }

    mutating func chargeCloud(of model: ModelSpec, requests: Int) {
        cloud += Double(requests) * model.costs.cloudPerRequest
        cloudRequests += requests
    }

    /// One request in the cloud, as measured.
    mutating func chargeCloud(latency: Double, price: Double) {
        transmission += latency
        cloud += price
        cloudRequests += 1
    }

    /// The ledger of two servers together.
    public static func + (a: CostLedger, b: CostLedger) -> CostLedger {
        var sum = a
        sum.switching += b.switching
        sum.accuracy += b.accuracy
        sum.inference += b.inference
        sum.transmission += b.transmission
        sum.cloud += b.cloud
        sum.waiting += b.waiting
        sum.energy += b.energy
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
