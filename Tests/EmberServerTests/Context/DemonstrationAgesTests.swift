import Testing

@testable import EmberServer
@testable import EmberStore

@Suite struct DemonstrationAgesTests {
    private func demonstration(_ id: Int, at time: Double) -> Demonstration {
        Demonstration(
            id: id, tenant: "",
            content: DemonstrationContent(
                service: "s", model: nil, prompt: "p", result: "r", origin: .edge, time: time, request: "r\(id)"))
    }

    @Test func whatCameBeforeIsAsOldAsTheClockSays() {
        let age = DemonstrationAges(.system).reading(at: 1000, .now)
        #expect(age(demonstration(1, at: 400)) == 600 && age(demonstration(2, at: 1000)) == 0)
    }

    /// A clock that was in 2040 once, and one that begins in 1970 at every boot.
    @Test func whatComesFromTheFutureAgesFromWhenItIsMet() {
        let (ages, now) = (DemonstrationAges(.system), ContinuousClock.now)
        let future = demonstration(1, at: 2_208_988_800)
        #expect(ages.reading(at: 1000, now)(future) == 0)
        #expect(ages.reading(at: 1000, now + .seconds(50))(future) == 50)
        // Each from its own time on; and a clock that goes back changes nothing.
        #expect(ages.reading(at: 5, now + .seconds(60))(demonstration(2, at: 400)) == 0)
        #expect(ages.reading(at: 5, now + .seconds(70))(future) == 70)
        #expect(ages.reading(at: 5, now + .seconds(70))(demonstration(2, at: 400)) == 10)
        // Once the clock is right, it tells.
        #expect(ages.reading(at: 1000, now + .seconds(80))(demonstration(2, at: 400)) == 600)
    }

    @Test func whatIsRememberedIsBounded() {
        let (ages, now) = (DemonstrationAges(.system), ContinuousClock.now)
        let age = ages.reading(at: 0, now)
        for id in 0..<2 * DemonstrationAges.mostRemembered { _ = age(demonstration(id, at: 1)) }
        let later = ages.reading(at: 0, now + .seconds(9))
        #expect(later(demonstration(2 * DemonstrationAges.mostRemembered - 1, at: 1)) == 9)
        #expect(later(demonstration(0, at: 1)) == 0)
    }
}
