import Testing

@testable import EmberEngine

/// Engines that are slow to say that they are ready.
@Suite struct ReadinessTests {
    @Test(arguments: ["slow-health", "loses-first"])
    func anEngineMayTakeItsTimeToAnswer(mode: String) async throws {
        let engine = try await StandInServer.engine(mode).start()
        #expect(engine.loadSeconds >= 2)
        await engine.stop()
    }

    @Test func anEngineThatDoesNotAnswerIsReportedOnce() async throws {
        let error = await #expect(throws: EngineError.self) {
            try await StandInServer.engine("mute-health", startTimeout: 1.5).start()
        }
        guard case .notReadyInTime(1.5, let answer)? = error?.problem else {
            Issue.record("\(String(describing: error))")
            return
        }
        // On a busy machine it may not even listen by then.
        #expect(answer.hasPrefix("none within") || answer == "nothing listens at its address")
    }

    @Test func aSlowAnswerIsNoHang() {
        let patient = Watchdog.strict.allowing(.seconds(4))
        #expect(patient.timeoutSeconds == 12)
        #expect(Watchdog.strict.allowing(.milliseconds(3)) == .strict)
    }
}
