import EmberSystem
import Testing

@testable import EmberServer

/// What decides what is saved and restored, and when, without an engine.
@Suite struct SavingRulesTests {
    private let start = ContinuousClock.now

    private func candidate(_ slot: Int, due: Double, takes seconds: Double? = 0.01) -> SavePlan.Candidate {
        SavePlan.Candidate(slot: slot, due: start + .seconds(due), seconds: seconds)
    }

    private func step(_ candidates: [SavePlan.Candidate], isBusy: Bool = false, at now: Double) -> SavePlan.Step {
        SavePlan.step(candidates, isBusy: isBusy, at: start + .seconds(now))
    }

    // MARK: The plan

    @Test func theOneThatIsDueForTheLongestIsSavedFirst() {
        #expect(step([], at: 10) == .nothing)
        let both = [candidate(0, due: 5), candidate(1, due: 3)]
        #expect(step(both, at: 2) == .wait(until: start + .seconds(3)))
        #expect(step(both, at: 4) == .save(1))
        #expect(step(both, at: 6) == .save(1))
        #expect(step([both[0]], at: 6) == .save(0))
    }

    @Test func whileRequestsRunOnlyWhatIsKnownToBeShortIsSaved() {
        let (long, unknown) = (candidate(0, due: 1, takes: 0.06), candidate(1, due: 2, takes: nil))
        #expect(step([long, unknown], isBusy: true, at: 3) == .wait(until: start + .seconds(3) + SavePlan.retry))
        #expect(step([long, unknown], at: 3) == .save(0))
        #expect(step([long, unknown, candidate(2, due: 2.5, takes: 0.05)], isBusy: true, at: 3) == .save(2))
    }

    // MARK: Pauses

    @Test func aConversationIsQuietForLongerThanUsualByItsServicesPauses() {
        var quiet = QuietTimes()
        let first = quiet.patience
        for _ in 0..<50 { quiet.note(10) }
        // The pauses hardly differ.
        #expect(quiet.patience > 10 && quiet.patience < 12 && first < 10)
        for second in 0..<50 { quiet.note(second % 2 == 0 ? 4 : 16) }
        #expect(quiet.patience > 20)
        for _ in 0..<50 { quiet.note(1e6) }
        #expect(quiet.patience == 60)
        for _ in 0..<100 { quiet.note(0.01) }
        #expect(quiet.patience == 1)
    }

    // MARK: Rates

    @Test func whatIsShortIsSoonerComputed() {
        var rates = StateRates()
        #expect(rates.saveSeconds(tokens: 100) == nil && rates.bytes(tokens: 100) == nil)
        // 1 ms a token; a state of 20 kB a token is read with 1 GB/s.
        rates.notePrefill(tokens: 1000, seconds: 1)
        rates.noteSave(tokens: 1000, bytes: 20_000_000, seconds: 0.02)
        rates.noteRestore(bytes: 20_000_000, seconds: 0.025)
        #expect(rates.bytes(tokens: 500) == 10_000_000)
        #expect(abs((rates.saveSeconds(tokens: 500) ?? 0) - 0.01) < 1e-9)
        #expect(!rates.isRestoreWorthIt(tokens: 4, bytes: 80_000))
        #expect(rates.isRestoreWorthIt(tokens: 10, bytes: 200_000))
        // What a branch leaves of a long state must make up for all of it.
        #expect(!rates.isRestoreWorthIt(tokens: 10, bytes: 20_000_000))
    }

    @Test func whereTokensAreComputedFasterThanTheyAreReadNothingIsSaved() {
        var rates = StateRates()
        rates.noteSave(tokens: 1000, bytes: 200_000_000, seconds: 0.1)
        rates.notePrefill(tokens: 1000, seconds: 0.05)
        #expect(!rates.isSaveWorthIt(tokens: 10_000))
        for _ in 0..<20 { rates.notePrefill(tokens: 1000, seconds: 2) }
        #expect(rates.isSaveWorthIt(tokens: 10_000))
    }

    @Test func whatSaysNothingIsNotMeasured() {
        var rates = StateRates()
        rates.noteSave(tokens: 0, bytes: 0, seconds: 0.1)
        rates.noteRestore(bytes: 0, seconds: 1)
        let before = rates.isRestoreWorthIt(tokens: 30, bytes: 100_000)
        rates.notePrefill(tokens: StateRates.leastTokens - 1, seconds: 100)
        #expect(rates.saveSeconds(tokens: 10) == nil)
        #expect(rates.isRestoreWorthIt(tokens: 30, bytes: 100_000) == before)
    }

    // MARK: Trust

    @Test func threeShortfallsInARowLoseTheTrust() {
        var trust = StateTrust()
        func note(_ reused: Int...) -> [Bool] { reused.map { trust.note(reused: $0, of: 100) } }
        #expect(note(95) == [false] && trust.yield > 0.98)
        #expect(note(80, 80, 90) == [false, false, false] && trust.yield < 0.95)
        // The answer says so once.
        #expect(note(0, 0, 89, 0) == [false, false, true, false] && trust.isLost)
    }

    // MARK: The limit of writes

    @Test func aDayHasItsLimit() {
        var meter = WriteMeter(limit: 100)
        #expect(meter.allows(nil, at: start) && meter.allows(100, at: start) && !meter.allows(101, at: start))
        meter.note(60, at: start)
        let later = start + .seconds(86_399)
        #expect(!meter.allows(41, at: later) && meter.allows(40, at: later))
        // What was not known before counts as it was.
        meter.note(60, at: later)
        #expect(!meter.allows(nil, at: later))
        #expect(meter.allows(100, at: start + .seconds(86_400)))
        let none = WriteMeter(limit: 0)
        #expect(!none.allows(nil, at: start))
    }
}
