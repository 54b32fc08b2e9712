import Testing

@testable import EmberCore

/// How long a step of the clock of requests takes on average, worked by hand.
@Suite struct StepTimeGoldens {
    /// Steps that end after these seconds each, from 0 on; the number of the step goes up by `by`.
    private func times(_ seconds: [Double], by step: Double = 1) -> StepTimes {
        var (times, now, number) = (StepTimes(), 0.0, 0.0)
        for one in seconds {
            now += one
            number += step
            times.enter(number, at: Time(seconds: now))
        }
        return times
    }

    @Test func noStepHasEnded() {
        var times = StepTimes()
        #expect(times.seconds == 0)
        // The same step goes on.
        times.enter(0, at: Time(seconds: 5))
        #expect(times.seconds == 0 && times.began == .zero)
    }

    @Test(
        arguments: [
            ([4], 4), ([4, 4, 4], 4), ([1, 3], 2), ([3, 1], 2), ([10, 1, 1], 4), ([0, 0, 6], 2), ([1, 2, 3, 4], 2.5),
        ] as [([Double], Double)])
    func itIsTheMeanOfTheSteps(_ seconds: [Double], _ mean: Double) {
        let times = times(seconds)
        #expect(abs(times.seconds - mean) < 1e-12)
        #expect(times.began == Time(seconds: seconds.reduce(0, +)))
    }

    /// Many requests at one instant are several steps in one.
    @Test func stepsThatAreLeftOutCountByTheirNumber() {
        #expect(times([8], by: 4).seconds == 2)
        #expect(times([8, 4], by: 4).seconds == 1.5)
    }

    /// Of a change, a hundredth with each step once a hundred have ended: old times are forgotten, and the mean never
    /// leaves what was seen.
    @Test func aLongHistoryFades() {
        let before = times(Array(repeating: 1, count: 1000))
        #expect(abs(before.seconds - 1) < 1e-9)
        let after = times(Array(repeating: 1, count: 1000) + [11])
        #expect(abs(after.seconds - 1.1) < 1e-9)
        var (latest, last) = (0.0, 0.0)
        for count in stride(from: 0, through: 1000, by: 50) {
            latest = times(Array(repeating: 1, count: 200) + Array(repeating: 11, count: count)).seconds
            #expect(latest >= last && latest >= 1 - 1e-9 && latest <= 11 + 1e-9)
            last = latest
        }
        #expect(latest > 10.9)
    }
}
