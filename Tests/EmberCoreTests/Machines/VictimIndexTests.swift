import Testing

@testable import EmberCore

/// The owner of the ranking: what it asks the lent policy, and how it learns of changes.
@Suite struct VictimIndexTests {
    /// Scores given by hand; counts how often it is asked.
    private struct Given: Policy {
        var scores: [Double]
        var bounds: Bool
        var asked: [InstanceID] = []

        func fall(in time: TimeModel) -> ScoreFall? { bounds ? .never : nil }
        mutating func score(of resident: InstanceID, in edge: EdgeState) -> Double {
            asked.append(resident)
            return scores[resident.index]
        }
        func bound(of resident: InstanceID, in edge: EdgeState) -> ScoreBound { ScoreBound(scores[resident.index]) }
        func didChange(_ map: CatalogueMap, in edge: EdgeState) {}
    }

    /// Residents of 10 bytes each.
    private func edge(_ count: Int) -> EdgeState {
        var settings = PlannerSettings(budget: Bytes(1000))
        settings.queue.residencyPerLoad = 0
        var edge = EdgeState(
            catalogue: plainCatalogue(bytes: Array(repeating: 10, count: count)), settings: settings)
        for id in edge.instances.indices.map({ InstanceID($0) }) {
            edge.memory.reserve(id)
            #expect(edge.memory.beginLoad(at: .zero) == id)
            #expect(edge.memory.land(id, at: .zero) == true)
        }
        return edge
    }

    private func search(
        _ index: inout VictimIndex, _ bytes: Int, below claim: Double = .infinity, _ edge: inout EdgeState,
        _ policy: inout Given
    ) -> [Int]? {
        let victims = index.rankedVictims(freeing: Bytes(bytes), below: claim, &edge, &policy)
        index.endSearch(going: [], &edge, &policy)
        return victims?.map(\.index)
    }

    @Test func onlyTheLowestAreAskedFor() {
        var edge = edge(6)
        var policy = Given(scores: [5, 1, 4, 2, 3, 6], bounds: true)
        var index = VictimIndex(policy.fall(in: .continuous), edge)
        #expect(search(&index, 20, &edge, &policy) == [1, 3])
        // The next one is looked at no further than its bound.
        #expect(policy.asked.map(\.index) == [1, 3])
        #expect(search(&index, 20, below: 2, &edge, &policy) == nil)
        #expect(search(&index, 70, &edge, &policy) == nil)
        #expect(index.brokenRanks(edge, policy) == [])
    }

    @Test func withoutBoundsAllAreAskedForInOrder() {
        var edge = edge(4)
        var policy = Given(scores: [5, 1, 4, 2], bounds: false)
        var index = VictimIndex(policy.fall(in: .continuous), edge)
        #expect(!index.isRanked)
        edge.memory.requestBegan(on: InstanceID(2), isSuspect: false, at: .zero)
        let scored = index.scored(&edge, &policy) { $0 == .evictable }
        #expect(scored.map(\.score) == [5, 1, 2] && policy.asked.map(\.index) == [0, 1, 3])
    }

    /// Only the owner of a fact lists its changes; the next search knows them.
    @Test func changesAreTakenInBeforeASearch() {
        var edge = edge(4)
        var policy = Given(scores: [5, 1, 4, 2], bounds: true)
        var index = VictimIndex(policy.fall(in: .continuous), edge)
        #expect(search(&index, 10, &edge, &policy) == [1])
        // One that drains is no candidate, one that is in use none until its request has ended.
        _ = edge.memory.drain(InstanceID(1), for: InstanceID(1), .requested)
        edge.memory.requestBegan(on: InstanceID(3), isSuspect: false, at: .zero)
        #expect(search(&index, 10, &edge, &policy) == [2])
        _ = edge.memory.requestEnded(on: InstanceID(3), at: .zero)
        #expect(search(&index, 10, &edge, &policy) == [3])
        // A score that has fallen.
        policy.scores[0] = 0
        edge.costs.changed.insert(revalued: InstanceID(0))
        #expect(search(&index, 10, &edge, &policy) == [0])
        #expect(!edge.hasChanges)
    }

    @Test func oneThatWaitersKeepIsRankedWhenTheyHaveGone() {
        var edge = edge(2)
        var policy = Given(scores: [1, 2], bounds: true)
        var index = VictimIndex(policy.fall(in: .continuous), edge)
        let flow = Flow(tenant: 0, service: ServiceID(0))
        _ = edge.room.join(RequestID(0), WaitingRequest(for: InstanceID(0), flow, arrival: .zero, due: .distantFuture))
        #expect(search(&index, 10, &edge, &policy) == [1])
        edge.room.leave(RequestID(0))
        #expect(search(&index, 10, &edge, &policy) == [0])
    }

    /// Victims stay out of the ranking until it is known whether they go.
    @Test func victimsThatStayAreRankedAgain() {
        var edge = edge(3)
        var policy = Given(scores: [1, 2, 3], bounds: true)
        var index = VictimIndex(policy.fall(in: .continuous), edge)
        let victims = index.rankedVictims(freeing: Bytes(10), below: .infinity, &edge, &policy)
        index.endSearch(going: victims ?? [], &edge, &policy)
        #expect(search(&index, 10, &edge, &policy) == [0])
    }
}
