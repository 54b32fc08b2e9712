import EmberCore
import Testing

/// Clients read these names in JSON and headers: a case that is renamed must not rename them.
@Suite struct PublicNameGoldens {
    @Test func namesAreSnakeCase() {
        #expect(OffloadReason.cheaper.name == "cheaper" && OffloadReason.notAdmitted.name == "not_admitted")
        #expect(Rejection.requestNeedsTooMuch.name == "request_needs_too_much")
        #expect(Decision.Outcome.noRoom.name == "no_room" && Decision.Outcome.shed.name == "shed")
        #expect(Decision.Candidate.Standing.inUse.name == "in_use")
    }
}
