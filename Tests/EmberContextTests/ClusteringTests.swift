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

    /// Each next point is the one whose nearest chosen point is the farthest: compared with that definition, computed
    /// directly.
    @Test(arguments: 1...20) func eachPointIsTheFarthestFromAllBeforeIt(_ seed: UInt64) {
        var lots = SeededGenerator(seed: seed)
        var vectors: [[Float]] = []
        for _ in 0..<12 {
            var vector: [Float] = []
            for _ in 0..<3 { vector.append(Float(lots.nextUnit()) - 0.5) }
            vectors.append(vector)
        }
        let points = Clustering.farthestPoints(of: vectors, count: 6)
        #expect(points.count == 6 && Set(points).count == 6)
        for place in 1..<points.count {
            let before = points[..<place]
            var nearness: [Int: Double] = [:]
            for index in vectors.indices where !before.contains(index) {
                nearness[index] = before.map { Vectors.cosine(vectors[index], vectors[$0]) }.max()
            }
            #expect(nearness[points[place]] == nearness.values.min(), "seed \(seed), point \(place)")
        }
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
