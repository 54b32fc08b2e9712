@testable import EmberCore
import Testing

@testable import EmberServer

@Suite struct ExchangeStateTests {
    private let own = Ticket(request: RequestID(0), serial: 1, model: ModelID(0))
    private let hedge = Ticket(request: RequestID(1), serial: 2, model: ModelID(0))

    @Test func whatIsDroppedIsToBeCancelledOnce() {
        var state = ExchangeState(own)
        #expect(state.abandoned?.tickets == [own] && !state.isHedged)
        #expect(state.end() == own)
        #expect(state.abandoned == nil && state.ticket == own)
    }

    @Test func bothSidesOfARaceAreToBeCancelled() {
        var state = ExchangeState(own)
        state.beginRace(hedge)
        #expect(state.isRacing && state.isHedged && state.ticket == own)
        #expect(state.abandoned?.tickets == [own, hedge])
    }

    @Test func theEdgeLosesOnce() {
        var state = ExchangeState(own)
        #expect(state.endRace() == nil)
        state.beginRace(hedge)
        #expect(state.endRace() == hedge)
        #expect(state.endRace() == nil)
        #expect(!state.isRacing && state.isHedged && state.abandoned?.tickets == [own])
    }

    /// The request is from then on the one that runs at the edge.
    @Test func theEdgeWins() {
        var state = ExchangeState(own)
        state.beginRace(hedge)
        #expect(state.winRace() == own)
        #expect(state.ticket == hedge && state.abandoned?.tickets == [hedge])
        #expect(state.endRace() == nil && state.end() == hedge)
    }
}
