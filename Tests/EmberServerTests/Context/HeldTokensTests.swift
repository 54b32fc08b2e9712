import EmberCore
import Synchronization
import Testing

@testable import EmberServer

/// How the planner learns what slots hold.
@Suite struct HeldTokensTests {
    private let ann = SlotOwner(tenant: "ann", service: "s")

    @Test func onlyTheLatestNumberIsTakenAndOnce() {
        let held = HeldTokens(FakeEngine(model: "m", baseURL: ""), InstanceID(0)) { _ in }
        #expect(held.take() == nil && !held.hasChanged)
        held.set(7)
        held.set(9)
        #expect(held.hasChanged && held.take() == 9 && held.take() == nil)
        held.set(9)
        #expect(!held.hasChanged)
    }

    /// A request's end tells the planner itself: no task is begun for it.
    @Test func whatTheRequestsEndReportsIsNotReportedTwice() async throws {
        let reports = Mutex(0)
        try await withPlayedSlots(pool: 500, report: { _ in reports.withLock { $0 += 1 } }) { slots, _, _, _ in
            let lease = try await slots.lease(SlotWish(owner: ann, prefix: ""))
            await slots.release(lease, reused: nil, tokens: 300, isKnown: true, isReported: true)
            #expect(slots.held.take() == 300)
            #expect(reports.withLock { $0 } == 0)
        }
    }

    @Test func whatEndsWithoutAnAnswerIsReported() async throws {
        let taken = Mutex<[Int]>([])
        try await withPlayedSlots(
            pool: 500, report: { news in if let tokens = news.take() { taken.withLock { $0.append(tokens) } } }
        ) { slots, _, _, _ in
            try await use(slots, ann, tokens: 300)
            #expect(await eventually { taken.withLock { $0 } == [300] })
            // Nothing has changed.
            try await use(slots, ann, tokens: 300)
            try await use(slots, ann, tokens: 200)
            #expect(await eventually { taken.withLock { $0 } == [300, 200] })
        }
    }
}
