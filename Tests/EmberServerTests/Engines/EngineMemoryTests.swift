import EmberCore
import Testing

@testable import EmberServer

/// What is learnt of the memory that an engine takes, in millions of bytes, worked by hand.
@Suite struct EngineMemoryTests {
    private static let million = 1_000_000

    private func memory(_ estimate: Int, learnt: (Int, Int)? = nil) -> EngineMemory {
        EngineMemory(
            estimate: bytes(estimate), learnt: learnt.map { LearntMemory(resting: bytes($0), peak: bytes($1)) })
    }

    private func bytes(_ millions: Int) -> Bytes { Bytes(millions * Self.million) }

    private func millions(_ learnt: LearntMemory) -> [Double] {
        [learnt.resting, learnt.peak].map { Double($0.count) / Double(Self.million) }
    }

    private static let load = EngineMemory.Use()
    private static let running = EngineMemory.Use(isUnused: false, isIdle: false, busiest: 1)
    private static let ended = EngineMemory.Use(isUnused: false, isIdle: true, busiest: 1)

    /// Loaded at 250 of 277 estimated: pages that are only set aside count.
    @Test func ordinaryUseWithinTheEstimateTeachesLittle() {
        var memory = memory(277)
        memory.take(bytes(250), top: bytes(250), Self.load)
        #expect(memory.news() == nil)
        memory.take(bytes(265), top: bytes(269), Self.ended)
        #expect(memory.news() == nil)
        // An eighth from 277 to 265.
        #expect(millions(memory.next()) == [275.5, 0])
    }

    @Test func aPeakThatIsGivenBackIsNotTakenForWhatItTakesAtRest() {
        var memory = memory(100)
        memory.take(bytes(90), top: bytes(90), Self.load)
        memory.take(bytes(300), top: bytes(300), Self.running)
        #expect(memory.news().map(millions) == [100, 200])
        memory.take(bytes(95), top: bytes(310), Self.ended)
        #expect(memory.news().map(millions) == [100, 210])
        #expect(millions(memory.next()) == [99.375, 210])
    }

    /// One between two measurements, which has passed.
    @Test func aPeakThatNobodySawCounts() {
        var memory = memory(100)
        memory.take(bytes(95), top: bytes(180), Self.ended)
        #expect(memory.news().map(millions) == [100, 80])
    }

    /// 300 of 4 at once.
    @Test func requestsAtOnceShareWhatTheyBring() {
        var memory = memory(100)
        memory.take(bytes(400), top: bytes(400), EngineMemory.Use(isUnused: false, isIdle: false, busiest: 4))
        #expect(memory.news().map(millions) == [100, 75])
    }

    /// 200 more are kept: they count in this life, and the next one begins without them.
    @Test func whatRequestsLeaveBehindCountsInThisLife() {
        var memory = memory(100)
        memory.take(bytes(90), top: bytes(90), Self.load)
        memory.take(bytes(300), top: bytes(300), Self.ended)
        #expect(memory.news().map(millions) == [300, 0])
        #expect(millions(memory.next()) == [100, 200])
        // Given back: it may be taken again.
        memory.take(bytes(110), top: bytes(110), Self.load)
        #expect(memory.news().map(millions) == [110, 190])
    }

    /// Each request leaves 10: no request brings more than that.
    @Test func aLeakIsNoPeak() {
        var memory = memory(50)
        memory.take(bytes(50), top: bytes(50), Self.load)
        for count in 1...30 { memory.take(bytes(50 + 10 * count), top: bytes(50 + 10 * count), Self.ended) }
        #expect(millions(memory.now) == [350, 0])
        #expect(millions(memory.next()) == [50, 10])
        #expect(millions(memory.next(afterOverrunOf: bytes(340))) == [50, 10])
    }

    /// The same where no measurement finds it idle: what counts now is what it takes, what is learnt is what a request
    /// brings.
    @Test func aLeakOfABusyEngineIsNoPeak() {
        var memory = memory(50)
        memory.take(bytes(50), top: bytes(50), Self.load)
        let next = EngineMemory.Use(isUnused: false, isIdle: false, isNew: true, busiest: 1)
        for count in 1...7 { memory.take(bytes(50 + 10 * count), top: bytes(50 + 10 * count), next) }
        #expect(millions(memory.now) == [50, 70])
        #expect(millions(memory.next(afterOverrunOf: bytes(340))) == [50, 10])
        // Large requests one after another are none.
        memory.take(bytes(50), top: bytes(350), next)
        memory.take(bytes(350), top: bytes(350), next)
        #expect(millions(memory.next(afterOverrunOf: bytes(340))) == [50, 300])
    }

    /// Declared as 50, it takes 80 before anything is asked of it.
    @Test func tooSmallAnEstimateIsCorrected() {
        var memory = memory(50)
        memory.take(bytes(80), top: bytes(80), Self.load)
        #expect(memory.news().map(millions) == [80, 0])
        #expect(millions(memory.next()) == [80, 0])
    }

    /// 200 kept in an earlier life, nothing of it now: every stretch of requests that brings nothing takes an eighth.
    @Test func figuresFallByUseAlone() {
        var memory = memory(100, learnt: (100, 200))
        memory.take(bytes(90), top: bytes(90), Self.load)
        memory.take(bytes(90), top: bytes(90), Self.load)
        #expect(memory.news() == nil)
        #expect(millions(memory.next()) == [100, 200])
        memory.take(bytes(95), top: bytes(95), Self.ended)
        #expect(memory.news().map(millions) == [100, 175])
        for _ in 1...60 { memory.take(bytes(95), top: bytes(95), Self.ended) }
        #expect(memory.news().map(millions) == [100, 0])
        #expect(millions(memory.next()) == [99.375, 0])
    }

    /// The last to end says nothing of what the others bring.
    @Test func aStretchIsTakenByTheMostInIt() {
        var memory = memory(100, learnt: (100, 80))
        memory.take(bytes(180), top: bytes(180), Self.running)
        memory.take(bytes(95), top: bytes(110), Self.ended)
        #expect(millions(memory.now) == [100, 80])
        // One that never ends is looked at every eight measurements.
        for _ in 1...8 { memory.take(bytes(100), top: bytes(100), Self.running) }
        #expect(millions(memory.now) == [100, 70])
    }

    /// An old file has one figure and does not say of what: requests may take what is not taken at rest.
    @Test func aSingleFigureOfOldIsSharedOut() {
        var memory = memory(277, learnt: (1003, 0))
        memory.take(bytes(250), top: bytes(250), Self.load)
        #expect(memory.news().map(millions) == [277, 726])
        #expect(millions(memory.next()) == [277, 726])
        for _ in 1...60 { memory.take(bytes(260), top: bytes(260), Self.ended) }
        #expect(memory.news().map(millions) == [277, 0])
    }

    /// 277 and 726: it ran alone and fits into no 700. Whichever of four it was, they run one by one until that is
    /// known.
    @Test func whoTookTooMuchIsBlamedOnlyIfItIsCertain() {
        func ended(_ begun: Int, learnt: (Int, Int)? = nil) -> [Double] {
            var memory = memory(277, learnt: learnt)
            memory.take(bytes(250), top: bytes(250), Self.load)
            let use = EngineMemory.Use(isUnused: false, isIdle: false, isNew: true, begun: begun, busiest: begun)
            memory.take(bytes(1003), top: bytes(1003), use)
            return millions(memory.next(afterOverrunOf: bytes(700)))
        }
        #expect(ended(1) == [277, 726])
        #expect(ended(4) == [277, 423])
        #expect(ended(4, learnt: (277, 900)) == [277, 423])
    }

    @Test func whatTakesTooMuchByItselfIsExpectedTo() {
        var memory = memory(277)
        memory.take(bytes(900), top: bytes(900), Self.load)
        #expect(millions(memory.next(afterOverrunOf: bytes(700))) == [900, 0])
    }

    @Test func whatIsForgottenIsNotExpected() {
        var memory = memory(100, learnt: (150, 300))
        memory.take(bytes(120), top: bytes(120), Self.load)
        memory.forget()
        #expect(millions(memory.now) == [120, 0])
        #expect(millions(memory.next()) == [100, 0])
    }
}
