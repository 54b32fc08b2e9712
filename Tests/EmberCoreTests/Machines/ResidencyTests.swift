import Testing

@testable import EmberCore

/// Newcomers weighed against residents, without a planner.
@Suite struct ResidencyTests {
    /// Scores, and what the gate says, given by hand.
    private struct Given: Policy {
        var scores: [Double]
        var claim = Double.infinity
        var admits = true
        var loadsByCost = true
        var prospects: [Double] = []
        var heard: [String] = []

        func score(of resident: InstanceID, in edge: EdgeState) -> Double { scores[resident.index] }
        func claim(of newcomer: InstanceID, in edge: EdgeState) -> Double { claim }
        func admits(_ newcomer: InstanceID, replacing victims: [InstanceID], in edge: EdgeState) -> Bool { admits }
        func prospect(of absent: InstanceID, replacing victims: [InstanceID], in edge: EdgeState) -> Double? {
            prospects.isEmpty ? nil : prospects[absent.index]
        }
        mutating func didRequest(_ instance: InstanceID, count: Int, in edge: EdgeState) {
            heard.append("asked \(instance.index)")
        }
        mutating func didLoad(_ instance: InstanceID, in edge: EdgeState) { heard.append("loads \(instance.index)") }
        func didChange(_ map: CatalogueMap, in edge: EdgeState) {}
    }

    /// Residents of 30 bytes in a budget of 100, the last instance absent, of 50.
    private func edge(_ adjust: (inout PlannerSettings) -> Void = { _ in }) -> EdgeState {
        var settings = PlannerSettings(budget: Bytes(100))
        settings.queue.residencyPerLoad = 0
        adjust(&settings)
        var edge = EdgeState(
            catalogue: plainCatalogue(bytes: [30, 30, 30, 50]) { model, _ in model.costs.load = .constant(3) },
            settings: settings)
        for id in 0..<3 {
            edge.memory.reserve(instance(id))
            #expect(edge.memory.beginLoad(at: Time(seconds: Double(3 - id))) == instance(id))
            edge.finishLoad(of: instance(id))
        }
        edge.now = Time(seconds: 10)
        return edge
    }

    @Test func theLowestScoresMakeRoom() {
        var edge = edge()
        var residency = Residency(Given(scores: [3, 1, 2, 0]), nextLook: nil, continuing: &edge)
        let admission = residency.weigh(instance(3), .open, mayDrain: false, &edge)
        #expect(admission.outcome == .admitted && admission.victims == [instance(1), instance(2)])
        // In use, it is a victim only where patience is lost.
        edge.memory.requestBegan(on: instance(1), isSuspect: false, at: edge.now)
        #expect(residency.weigh(instance(3), .open, mayDrain: false, &edge).victims == [instance(2), instance(0)])
        #expect(residency.weigh(instance(3), .open, mayDrain: true, &edge).victims == [instance(1), instance(2)])
    }

    @Test func theGateRefusesWhatItIsAskedAbout() {
        var edge = edge()
        var residency = Residency(Given(scores: [3, 1, 2, 0], claim: 2), nextLook: nil, continuing: &edge)
        #expect(residency.weigh(instance(3), .policy, mayDrain: false, &edge).outcome == .noRoom)
        #expect(residency.weigh(instance(3), .open, mayDrain: false, &edge).outcome == .admitted)
        residency.policy.claim = 4
        #expect(residency.weigh(instance(3), .policy, mayDrain: false, &edge).outcome == .admitted)
        residency.policy.admits = false
        #expect(residency.weigh(instance(3), .policy, mayDrain: false, &edge).outcome == .gated)
    }

    @Test func aSingleRequestMayPayForALoad() {
        var edge = edge()
        var residency = Residency(Given(scores: [3, 1, 2, 0], admits: false), nextLook: nil, continuing: &edge)
        func admits(_ edgeCost: Double, _ cloudCost: Double) -> Bool {
            residency.weighByCost(instance(3), CostsOfPlaces(edge: edgeCost, cloud: cloudCost), &edge) != nil
        }
        // Its two victims have to be loaded again.
        let again = 2 * edge.catalogue[ModelID(0)].loadCost
        #expect(again > 0)
        #expect(admits(1, 1.5 + again))
        #expect(!admits(1, 0.5 + again))
        residency.policy.loadsByCost = false
        #expect(!admits(1, 1.5 + again))
    }

    @Test func whatExceedsTheBudgetGoesInOrder() {
        var edge = edge()
        var residency = Residency(Given(scores: [3, 1, 2, 0]), nextLook: nil, continuing: &edge)
        edge.memory.set(instance(0), resting: Bytes(60), peak: .zero)
        #expect(residency.weighExcess(&edge)?.victims == [instance(1)])
        edge.memory.set(instance(0), resting: Bytes(400), peak: .zero)
        #expect(residency.weighExcess(&edge)?.victims.map(\.index) == [1, 2, 0])
    }

    /// A policy that comes later learns about loads in order, then of one request each (rule 32).
    @Test func aLaterPolicyHearsOfWhatIsInMemory() {
        var edge = edge()
        edge.memory.requestBegan(on: instance(2), isSuspect: false, at: Time(seconds: 4))
        edge.memory.requestBegan(on: instance(0), isSuspect: false, at: Time(seconds: 5))
        let residency = Residency(Given(scores: [0, 0, 0, 0]), nextLook: nil, continuing: &edge)
        #expect(residency.policy.heard == ["loads 2", "loads 1", "loads 0", "asked 1", "asked 2", "asked 0"])
    }

    @Test func aLoadAheadComesAfterItsDelay() {
        var edge = edge { $0.prefetchSeconds = 5 }
        var residency = Residency(
            Given(scores: [3, 1, 2, 0], prospects: [0, 0, 0, 1]), nextLook: nil, continuing: &edge)
        residency.requestArrived(for: instance(0), count: 1, edge)
        #expect(residency.nextLook == Time(seconds: 15))
        #expect(residency.weighAhead(&edge) == nil)
        edge.now = Time(seconds: 15)
        let admission = residency.weighAhead(&edge)
        #expect(admission?.newcomer == instance(3) && admission?.outcome == .admitted)
        #expect(residency.nextLook == nil)
        // A load is under way: the look is put off.
        residency.requestArrived(for: instance(0), count: 1, edge)
        edge.now = Time(seconds: 20)
        edge.memory.lose(instance(0))
        edge.memory.reserve(instance(0))
        #expect(residency.weighAhead(&edge) == nil && residency.nextLook == Time(seconds: 25))
    }

    @Test func decisionsAreRecordedWhereTheyAreAskedFor() {
        var edge = edge { $0.recordsDecisions = true }
        var residency = Residency(Given(scores: [3, 1, 2, 0]), nextLook: nil, continuing: &edge)
        let admission = residency.weigh(instance(3), .open, mayDrain: false, &edge)
        residency.explain(admission, &edge)
        let decisions = residency.takeDecisions()
        #expect(decisions.map(\.victims) == [[instance(1), instance(2)]])
        #expect(decisions[0].candidates.map(\.score) == [3, 1, 2])
        #expect(residency.takeDecisions().isEmpty)
    }
}
