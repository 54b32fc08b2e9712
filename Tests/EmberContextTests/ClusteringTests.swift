import EmberCore
import Testing

@testable import EmberContext

@Suite struct ClusteringTests {
    /// Three bundles of directions in a plane.
    private let vectors: [[Float]] = [
        [1, 0.05], [1, -0.05], [1, 0], [0.02, 1], [-0.02, 1], [0, 1], [-1, 0.03], [-1, -0.03], [-1, 0],
    ]

    @Test func findsBundles() {
        let clustering = Clustering(vectors, count: 3)
        let numbers = vectors.map { clustering.nearest(to: $0) }
        #expect(Set(numbers[0..<3]).count == 1 && Set(numbers[3..<6]).count == 1 && Set(numbers[6..<9]).count == 1)
        #expect(Set(numbers).count == 3)
    }

    @Test func farthestPointsAreOneOfEachBundle() {
        let points = Clustering.farthestPoints(of: vectors, count: 3)
        #expect(Set(points.map { $0 / 3 }).count == 3)
        #expect(Clustering.farthestPoints(of: vectors, count: 100).count == vectors.count)
        #expect(Clustering.farthestPoints(of: [], count: 3).isEmpty)
    }

    @Test func moreCentresThanVectors() {
        #expect(Clustering([[1, 0]], count: 5).centres.count == 1)
    }
}

@Suite struct ModeTrialsTests {
    @Test func triesEachThenTakesTheCheapest() {
        var trials = ModeTrials()
        var counts: [SelectionMode: Int] = [:]
        for _ in 0..<200 {
            let mode = trials.choose(wrongAnswer: 2)
            counts[mode, default: 0] += 1
            // Nearest: right nine times of ten, but slow; clustered: nearly as good and fast.
            trials.note(mode, secondsToFirstToken: mode == .nearest ? 0.8 : mode == .clustered ? 0.2 : 0.1)
            trials.note(mode, quality: mode == .nearest ? 0.92 : mode == .clustered ? 0.9 : 0.5)
        }
        let last = (0..<20).map { _ in trials.choose(wrongAnswer: 2) }
        #expect(last.filter { $0 == .clustered }.count >= 18)
        #expect(ModeTrials.candidates.allSatisfy { counts[$0, default: 0] >= ModeTrials.triesEach })
    }

    @Test func whereWrongAnswersCostNothingTheFastestWins() {
        var trials = ModeTrials()
        for _ in 0..<100 {
            let mode = trials.choose(wrongAnswer: 0)
            trials.note(mode, secondsToFirstToken: mode == .none ? 0.01 : 0.1)
        }
        #expect((0..<10).map { _ in trials.choose(wrongAnswer: 0) }.filter { $0 == .none }.count >= 9)
    }
}
