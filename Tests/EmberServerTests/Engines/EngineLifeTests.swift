@testable import EmberCore
import EmberEngine
import Testing

@testable import EmberServer

@Suite struct EngineLifeTests {
    private let engine = FakeEngine(model: "m", baseURL: "")

    private static func model(adapters: [String]) -> ServedModel {
        var model = edgeModel("m")
        let options = LlamaServerOptions(program: "llama-server", modelPath: "m.gguf", adapters: adapters)
        model.engine?.launch = .llamaServer(options)
        return model
    }

    /// A task that has ended.
    private var task: Task<Void, Never> { Task {} }

    private func resident() -> EngineLife {
        var life = EngineLife(learnt: nil)
        life.start(task)
        life.becomeResident(engine, from: Self.model(adapters: ["a"]))
        return life
    }

    @Test func fromItsLoadToItsUnload() {
        var life = EngineLife(learnt: nil)
        #expect(life.engine == nil && life.adapters.isEmpty)
        life.start(task)
        #expect(life.engine == nil)
        life.becomeResident(engine, from: Self.model(adapters: ["a"]))
        #expect(life.engine === engine && life.adapters == ["a"] && life.leavingEngine == nil)
        let (stopped, load) = life.beginLeaving()
        #expect(stopped === engine && load == nil)
        #expect(life.engine == nil && life.leavingEngine === engine)
        life.leave(by: task)
        #expect(life.endLeaving() == false)
        #expect(life.leavingEngine == nil)
        life.start(task)
    }

    /// An unload ends a load that is under way, and waits for it.
    @Test func aLoadThatIsGivenUpIsHandedOut() {
        var life = EngineLife(learnt: nil)
        let load = task
        life.start(load)
        let (stopped, ended) = life.beginLeaving()
        #expect(stopped == nil && ended == load)
        // The load ends later, and changes nothing.
        life.endStart()
        life.leave(by: task)
        #expect(life.endLeaving() == false)
    }

    @Test func anEndIsNewsOnce() {
        var life = resident()
        #expect(life.end(FakeEngine(model: "m", baseURL: "")) == false, "another engine's end")
        #expect(life.end(engine) == true)
        #expect(life.end(engine) == false)
        #expect(life.engine == nil)
    }

    /// An engine that is being stopped ends because of that.
    @Test func theEndOfALeavingEngineIsNoNews() {
        var life = resident()
        _ = life.beginLeaving()
        #expect(life.end(engine) == false)
        #expect(life.leavingEngine === engine)
    }

    /// What one engine took is no reason to leave the next one unmeasured.
    @Test func theNextEngineIsNotOverBudget() {
        var life = resident()
        life.markOverBudget()
        #expect(life.isOverBudget)
        _ = life.beginLeaving()
        life.leave(by: task)
        _ = life.endLeaving()
        life.start(task)
        life.becomeResident(engine, from: edgeModel("m"))
        #expect(!life.isOverBudget)
    }

    @Test func aReturnIsDueOnce() {
        var life = resident()
        life.expectReturn()
        _ = life.beginLeaving()
        #expect(life.endLeaving() == true)
        life.start(task)
        _ = life.beginLeaving()
        #expect(life.endLeaving() == false)
        life.start(task)
        life.expectReturn()
        life.cancelReturn()
        _ = life.beginLeaving()
        #expect(life.endLeaving() == false)
    }

    @Test func aLoadThatSucceedsForgetsItsFailure() {
        var life = EngineLife(learnt: nil)
        life.fail(because: "out of luck")
        life.start(task)
        #expect(life.lastFailure == "out of luck")
        life.becomeResident(engine, from: edgeModel("m"))
        #expect(life.lastFailure == nil)
    }

    @Test func newFilesForgetFailuresAndOverruns() {
        var life = EngineLife(learnt: nil)
        life.fail(by: Overrun(most: Bytes(1_000_000_000), room: Bytes(700_000_000), date: .now))
        #expect(life.overrun != nil && life.lastFailure?.hasPrefix("it took ") == true)
        life.forgetFailures()
        #expect(life.overrun == nil && life.lastFailure == nil)
    }

    @Test func theShutdownHandsOutWhatHasToEnd() async {
        var absent = EngineLife(learnt: nil)
        let none = absent.shutDown()
        #expect(none.engine == nil && none.rest == nil)

        var starting = EngineLife(learnt: nil)
        let load = Task { _ = try? await Task.sleep(for: .seconds(3600)) }
        starting.start(load)
        #expect(starting.shutDown().rest == load)
        #expect(load.isCancelled)
        await load.value

        var living = resident()
        #expect(living.shutDown().engine === engine)
        #expect(living.engine == nil && living.leavingEngine === engine, "a second order kills it")

        var leaving = resident()
        _ = leaving.beginLeaving()
        let unload = task
        leaving.leave(by: unload)
        let ends = leaving.shutDown()
        #expect(ends.engine == nil && ends.rest == unload)
    }
}

@Suite struct MemoryWatchTests {
    private let estimate = Bytes(100_000_000)

    @Test func aLifeThatWasNotSeenTeachesNothing() {
        var memory = MemoryWatch(learnt: nil)
        #expect(memory.end() == nil)
        memory.begin(estimate: estimate, taken: nil)
        #expect(memory.end()?.isMeasured == false)
        #expect(memory.learnt == nil)
    }

    @Test func aLifeTeachesTheNextOneOnce() {
        var memory = MemoryWatch(learnt: nil)
        memory.begin(estimate: estimate, taken: Bytes(150_000_000))
        let lesson = memory.end()
        #expect(lesson?.isMeasured == true && lesson?.most == Bytes(150_000_000))
        #expect(memory.learnt == lesson?.next && memory.learnt?.resting == Bytes(150_000_000))
        #expect(memory.end() == nil)
        memory.begin(estimate: estimate, taken: nil)
        #expect(memory.life?.now.resting == Bytes(150_000_000))
        memory.forget()
        #expect(memory.learnt == nil && memory.life?.now.resting == estimate)
    }
}

@Suite struct FileWatchTests {
    @Test func oneLookAtATime() {
        var watch = FileWatch()
        #expect(watch.begin() == true)
        #expect(watch.begin() == false)
        watch.end()
        #expect(watch.begin() == true)
    }

    @Test func aChangeIsReportedOnce() {
        var watch = FileWatch()
        #expect(watch.isNews([nil]) == true)
        #expect(watch.isNews([nil]) == false)
        #expect(watch.isNews([nil, nil]) == true)
    }

    /// What stamps do not show is tried again after a while, and not at the first look.
    @Test func whatCannotBeLoadedIsReadAgainAfterAWhile() {
        var watch = FileWatch()
        let now = ContinuousClock.now
        #expect(watch.isTimeToReadAgain(at: now) == false)
        #expect(watch.isTimeToReadAgain(at: now.advanced(by: .seconds(29))) == false)
        #expect(watch.isTimeToReadAgain(at: now.advanced(by: .seconds(30))) == true)
        #expect(watch.isTimeToReadAgain(at: now.advanced(by: .seconds(59))) == false)
        #expect(watch.isTimeToReadAgain(at: now.advanced(by: .seconds(60))) == true)
    }
}
