import Testing

@testable import EmberCore

@Suite struct EvictionPaceGoldens {
    @Test func aPlaceLastsUntilTheNextEviction() {
        var pace = EvictionPace()
        #expect(pace.expectedGap(at: 5) == nil)
        pace.didEvict(at: 10)
        #expect(pace.expectedGap(at: 12) == nil, "one eviction is no gap yet")
        pace.didEvict(at: 14)
        pace.didEvict(at: 20)
        // Gaps of 4 and 6; since the last it has been 1, then 9.
        #expect(pace.expectedGap(at: 21) == 5)
        #expect(pace.expectedGap(at: 29) == 9)
    }
}
