public import EmberCore

/// What each way of choosing has cost a service so far, and which one is to be tried next: the `auto` selection.
///
/// The cost of a request is its time to the first token plus the price of a wrong answer times how wrong it was judged.
/// Ways that have been tried too little go first, in their order; then the cheapest; at regular intervals the least
/// tried one again, because what is cheapest may change.
public struct ModeTrials: Sendable {
    private struct Record {
        var tries = 0
        var seconds = 0.0
        var timed = 0
        var quality = 0.0
        var judged = 0
    }

    /// What is worth a trial; `none` first: whether context helps at all is a question too.
    public static let candidates: [SelectionMode] = [.none, .recent, .fixed, .nearest, .clustered]
    static let triesEach = 8
    static let exploreEvery = 25

    private var records = Array(repeating: Record(), count: candidates.count)
    private var choices = 0

    public init() {}

    /// - Parameter wrongAnswer: the cost of a wrong answer, where the cost of a second is 1.
    public mutating func choose(wrongAnswer: Double) -> SelectionMode {
        choices += 1
        let least = records.indices.min { (records[$0].tries, $0) < (records[$1].tries, $1) } ?? 0
        let isTrial = records[least].tries < Self.triesEach || choices % Self.exploreEvery == 0
        let index = isTrial ? least : cheapest(wrongAnswer)
        records[index].tries += 1
        return Self.candidates[index]
    }

    private func cheapest(_ wrongAnswer: Double) -> Int {
        records.indices.min { (cost($0, wrongAnswer), $0) < (cost($1, wrongAnswer), $1) } ?? 0
    }

    /// The mean cost of a request; one without a judgement counts as half right.
    func cost(_ index: Int, _ wrongAnswer: Double) -> Double {
        let record = records[index]
        let seconds = record.timed > 0 ? record.seconds / Double(record.timed) : 0
        let quality = record.judged > 0 ? record.quality / Double(record.judged) : 0.5
        return seconds + wrongAnswer * (1 - quality)
    }

    public mutating func note(_ mode: SelectionMode, secondsToFirstToken: Double) {
        guard let index = Self.candidates.firstIndex(of: mode) else { return }
        records[index].seconds += secondsToFirstToken
        records[index].timed += 1
    }

    public mutating func note(_ mode: SelectionMode, quality: Double) {
        guard let index = Self.candidates.firstIndex(of: mode) else { return }
        records[index].quality += quality
        records[index].judged += 1
    }
}
