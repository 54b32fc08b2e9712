import Testing

@testable import EmberCore

/// Ages of Context that are read off a straight line, worked by hand.
@Suite struct AgeLineGoldens {
    private func fading(_ age: Double, _ perSecond: Double) -> FadingAge { FadingAge(pair: SIMD2(age, perSecond)) }

    private func at(_ seconds: Double) -> Time { Time(seconds: seconds) }

    @Test func aLineEndsOnceTheFirstContextHasFaded() {
        var line = AgeLine()
        for _ in 0..<2 { line.add(1, of: fading(0, 0), at: .zero) }
        #expect(line.fadingAge(at: .zero) == nil)
        var sums = AgeSums()
        // 10 s and 9 s.
        sums.add(fading(40, 4), weight: 1)
        sums.add(fading(18, 2), weight: 1)
        line.begin(sums, services: 2, at: .zero)
        #expect(line.fadingAge(at: at(5))?.pair == SIMD2<Double>(29 - 5 * 3, 3))
        #expect(line.fadingAge(at: at(8.99)) != nil && line.fadingAge(at: at(9)) == nil)
        // The second one, which has 16 left, now holds what is gone after 2 s.
        line.replace(fading(16, 2), by: fading(8, 4), weight: 1, at: at(1))
        #expect(line.fadingAge(at: at(2))?.pair == SIMD2<Double>(26 - 8 / 2 - 4, 4))
        #expect(line.fadingAge(at: at(2.99)) != nil && line.fadingAge(at: at(3)) == nil)
    }

    @Test func aContextThatLastsLongerEndsNoLineLater() {
        var line = AgeLine()
        for _ in 0..<2 { line.add(1, of: fading(0, 0), at: .zero) }
        var sums = AgeSums()
        sums.add(fading(40, 4), weight: 1)
        sums.add(fading(18, 2), weight: 1)
        line.begin(sums, services: 2, at: .zero)
        line.replace(fading(40, 4), by: fading(80, 4), weight: 1, at: .zero)
        #expect(line.fadingAge(at: .zero)?.pair == SIMD2<Double>(49, 3))
        #expect(line.fadingAge(at: at(8.99)) != nil && line.fadingAge(at: at(9)) == nil)
    }
}
