import EmberCore
import Testing

/// The accuracy forms, worked by hand.
@Suite struct AccuracyGoldens {
    private func expect(_ model: AccuracyModel, _ rows: [(kappa: Double, accuracy: Double)]) {
        for row in rows {
            #expect(abs(model.accuracy(at: row.kappa) - row.accuracy) < 1e-12, "\(model) at \(row.kappa)")
        }
    }

    /// A0 + A1 log2(1 + kappa): log2 1 = 0, log2 2 = 1, log2 4 = 2, log2 1024 = 10, and 0.6 + 10 x 0.1 is cut to 1.
    @Test func boundedLogarithm() {
        let model = AccuracyModel.boundedLog(zeroShot: 0.6, gain: 0.1, alpha: 1)
        expect(model, [(0, 0.6), (1, 0.7), (3, 0.8), (1023, 1)])
    }

    /// alpha 0.5: 1 + sqrt(9) = 4 -> 2 gains; alpha 2: 1 + 1^2 = 2 -> 1 gain, 1 + 7 = 8 -> 3 gains at kappa^2 = 7.
    @Test func alphaBendsTheLogarithm() {
        expect(.boundedLog(zeroShot: 0.2, gain: 0.1, alpha: 0.5), [(0, 0.2), (9, 0.4)])
        expect(.boundedLog(zeroShot: 0.2, gain: 0.1, alpha: 2), [(1, 0.3), (7.0.squareRoot(), 0.5)])
    }

    /// alpha log(1 / beta^kappa) = alpha kappa ln(1 / beta); ln(1 / 0.5) = 0.693147180559945; clipped at 1.
    @Test func exponentialAmbiguityIsClipped() {
        let model = AccuracyModel.exponentialAmbiguity(alpha: 0.5, beta: 0.5)
        expect(model, [(0, 0), (1, 0.3465735902799727), (2, 0.6931471805599453), (3, 1), (1000, 1)])
    }

    /// Up, down and up again, as measured for a small model: between two points it is on the line between them.
    @Test func measuredTableIsInterpolated() {
        let table = [(0.0, 0.73), (1, 0.88), (2, 0.76), (8, 0.68), (32, 0.84)]
        let model = AccuracyModel.measured(table.map { AccuracyPoint(examples: $0.0, accuracy: $0.1) })
        expect(model, table.map { ($0.0, $0.1) })
        // 0.73 + 0.5 x 0.15;  0.88 - 0.25 x 0.12;  0.76 - 1/2 x 0.08;  0.68 + 1/4 x 0.16;  beyond the last point
        expect(model, [(0.5, 0.805), (1.25, 0.85), (5, 0.72), (14, 0.72), (100, 0.84)])
    }

    @Test func aTableIsConstantBelowItsFirstPoint() {
        let points = [AccuracyPoint(examples: 4, accuracy: 0.5), AccuracyPoint(examples: 8, accuracy: 0.9)]
        expect(.measured(points), [(0, 0.5), (4, 0.5), (6, 0.7), (9, 0.9)])
    }

    @Test func constantIsConstant() { expect(.constant(0.4), [(0, 0.4), (77, 0.4)]) }
}
