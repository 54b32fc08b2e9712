import EmberCore
import Testing

@testable import EmberServer

@Suite struct CoordinatorRefusalTests {
    @Test func modelThatNeverFitsIsRefusedWithItsArithmetic() async throws {
        let station = try Station([edgeModel("huge", bytes: 500)])
        let refusal = try #require(await station.admit("huge").outcome.refusal)
        #expect(await station.admit("huge").outcome.rejection == .neverFits)
        #expect(refusal.message.contains("huge") && refusal.message.contains("declared"))
        #expect(refusal.message.contains("memory.budget"))
        #expect(refusal.retryAfterSeconds == nil)
        #expect(await station.isIdle())
    }

    @Test func fullQueueIsRefusedWithATimeToComeBack() async throws {
        let station = try Station([edgeModel("m")]) { $0.queue.limitPerInstance = 1 }
        _ = station.starter.holdNextStart(of: "m")
        #expect(await station.admit("m").outcome == nil)
        let refused = await station.admit("m").outcome
        #expect(refused.rejection == .modelQueueFull)
        #expect(refused.refusal?.retryAfterSeconds == 2)
        #expect(refused.refusal?.message.contains("queue.limit_per_model") == true)
    }

    @Test func requestThatWaitsTooLongIsRefused() async throws {
        let station = try Station([edgeModel("m")]) { $0.queue.maxWaitSeconds = 0.05 }
        _ = station.starter.holdNextStart(of: "m")
        let outcome = await station.run("m").outcome
        #expect(outcome.rejection == .waitedTooLong)
        #expect(outcome.refusal?.retryAfterSeconds == 5)
        #expect(await station.isIdle())
    }

    @Test func modelThatFailsToLoadIsRefusedWithTheReason() async throws {
        let station = try Station([edgeModel("m")]) { $0.failures.backoffSeconds = 5 }
        station.starter.setFailing(true, "m")
        let admission = await station.admit("m")
        // The first failure leaves the request waiting; the operator's loads are trials that end the wait.
        for attempt in 1...3 {
            if attempt > 1 { await station.coordinator.load(station.id("m")) }
            #expect(await eventually { await station.view(of: "m").engine.failures == attempt })
        }
        let outcome = await station.outcome(of: admission.ticket)
        #expect(outcome.rejection == .modelFailed)
        let refusal = try #require(outcome.refusal)
        #expect(refusal.message.contains("made to fail") && refusal.message.contains("out of luck"))
        #expect((1...20).contains(refusal.retryAfterSeconds ?? 0))
        #expect(await station.view(of: "m").status == .failed)
        #expect(await station.view(of: "m").engine.failure?.contains("made to fail") == true)
        #expect(await station.admit("m").outcome.rejection == .modelFailed)
        #expect(await station.isIdle())
    }

    @Test func modelThatFailedIsTriedAgainAndRecovers() async throws {
        let station = try Station([edgeModel("m")]) {
            $0.failures.failureLimit = 1000
            $0.failures.maxBackoffSeconds = 0.02
        }
        station.starter.setFailing(true, "m")
        let admission = await station.admit("m")
        #expect(await eventually { station.starter.attempts.count == 1 })
        station.starter.setFailing(false, "m")
        #expect(await station.outcome(of: admission.ticket).route != nil)
        await station.coordinator.finish(admission.ticket, tokens: 0)
        #expect(await station.view(of: "m").engine.failures == 0)
        #expect(await station.view(of: "m").engine.failure == nil)
    }

    @Test func offloadableRequestGoesToTheCloudInsteadOfBeingRefused() async throws {
        let target = CloudTarget.at("http://127.0.0.1:1/v1")
        let station = try Station([edgeModel("huge", bytes: 500, cloud: target), cloudModel("far", target)])
        let huge = await station.admit("huge")
        #expect(huge.outcome.offload?.reason == .neverFits)
        #expect(huge.outcome.offload?.target.model == "big")
        let far = await station.admit("far")
        #expect(far.outcome.offload?.reason == .cloudModel)
        await station.coordinator.finish(huge.ticket, tokens: 0)
        await station.coordinator.finish(far.ticket, tokens: 0)
        #expect(await station.isIdle())
        #expect(await station.coordinator.state().cost.cloudRequests == 2)
    }
}
