import EmberCore
import Foundation
import Synchronization
import Testing

@testable import EmberServer

/// Files that change under a running server.
@Suite struct CoordinatorFilesTests {
    /// A model whose file is a real one, and what it says a number in it: the bytes that it takes, or nothing good.
    private final class Filed: Sendable {
        let files: TestFiles
        let name: String
        private let isPreloaded: Bool

        init(_ name: String = "m", isPreloaded: Bool = false) throws {
            files = try TestFiles()
            self.name = name
            self.isPreloaded = isPreloaded
        }

        var path: String { files.path + "/" + name }

        /// Puts another file in its place.
        func write(_ text: String) throws {
            let new = try files.write(Array(text.utf8), to: name + ".new")
            guard rename(new, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        }

        /// Writes to the file that is there.
        func overwrite(_ text: String) throws {
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        }

        var model: ServedModel {
            let text = try? String(contentsOfFile: path, encoding: .utf8)
            var model = edgeModel(name, bytes: text.flatMap { Int($0) } ?? 0, isPreloaded: isPreloaded)
            model.problem = text.flatMap { Int($0) } == nil ? "\(name): no number" : nil
            let source = ModelSource(files: [.init(path: path, isMapped: true)]) { [self] in
                ModelSource.Reading(model: self.model)
            }
            model.origin.stamps = source.stamps
            model.origin.source = source
            return model
        }
    }

    private func look(_ station: Station) async { await station.coordinator.look(at: 0) }

    @Test func aModelWithoutItsFileIsFailedAndComesBack() async throws {
        let filed = try Filed()
        let station = try Station([filed.model, edgeModel("other", bytes: 30)])
        await station.coordinator.noteUnusable()
        #expect(await station.view(of: "m").status == .failed)
        #expect(await station.view(of: "m").engine.failure == "m: no number")
        let refused = await station.run("m").outcome
        #expect(refused.rejection == .modelFailed)
        #expect(refused.refusal?.message.contains("m: no number") == true)
        #expect(refused.refusal?.retryAfterSeconds != nil)
        #expect(await station.run("other").outcome.engine != nil)
        // It looks, and nothing has come.
        await look(station)
        #expect(await station.view(of: "m").status == .failed)
        try filed.write("60")
        await look(station)
        #expect(await station.view(of: "m").status == .unloaded)
        #expect(await station.run("m").outcome.engine != nil)
        #expect(await station.view(of: "m").memory.restingBytes == 60)
        #expect(station.audit.violations == [])
    }

    /// Who asks for a load need not wait until Ember looks by itself; of a model that can be loaded, the load itself
    /// looks.
    @Test func onlyAModelThatCannotBeLoadedIsLookedAtAgain() async throws {
        let (bad, good) = (try Filed(), try Filed("other"))
        try good.write("60")
        let station = try Station([bad.model, good.model])
        await station.coordinator.noteUnusable()
        try bad.write("50")
        try good.write("70")
        for model in ["m", "other"].map(station.id) {
            await station.coordinator.within { await $0.engines.files.lookAgain(at: model, for: $0) }
        }
        let view = await station.view(of: "m")
        #expect(view.status == .unloaded && view.memory.restingBytes == 50)
        #expect(await station.view(of: "other").memory.restingBytes == 60)
    }

    @Test func aFileThatHasGrownBeyondTheBudgetIsNotLoaded() async throws {
        let filed = try Filed()
        try filed.write("60")
        let station = try Station([filed.model])
        try filed.write("200")
        let refused = await station.run("m").outcome
        #expect(refused.rejection == .neverFits)
        #expect(station.starter.attempts == [])
        #expect(station.audit.violations == [])
    }

    @Test func aReplacedFileIsWeighedAnewAndThenLoaded() async throws {
        let filed = try Filed()
        try filed.write("60")
        let station = try Station([filed.model, edgeModel("other", bytes: 30)])
        let (other, _) = await station.run("other")
        await station.coordinator.finish(other, tokens: 0)
        try filed.write("80")
        #expect(await station.run("m").outcome.engine != nil)
        #expect(station.starter.attempts == ["other", "m"])
        #expect(await station.view(of: "other").status == .unloaded)
        #expect(station.audit.violations == [])
    }

    @Test func aFileThatIsLostBeforeItsLoadRefusesThoseThatWait() async throws {
        let filed = try Filed()
        try filed.write("60")
        let station = try Station([filed.model])
        try FileManager.default.removeItem(atPath: filed.path)
        #expect(await station.run("m").outcome.rejection == .modelFailed)
        #expect(station.starter.attempts == [])
        #expect(await station.view(of: "m").engine.failures == 0)
    }

    @Test func whatIsPutInTheFilesPlaceCountsFromTheNextLoadOn() async throws {
        let filed = try Filed()
        try filed.write("60")
        let station = try Station([filed.model])
        let (ticket, outcome) = await station.run("m")
        let first = try #require(outcome.engine)
        try filed.write("70")
        await look(station)
        #expect(await station.view(of: "m").status == .loaded && !first.hasEnded)
        #expect(await station.view(of: "m").memory.restingBytes == 60)
        await station.coordinator.finish(ticket, tokens: 0)
        await station.coordinator.unload(station.id("m"))
        #expect(await station.becomes(.unloaded, "m"))
        #expect(await station.run("m").outcome.engine !== first)
        #expect(await station.view(of: "m").memory.restingBytes == 70)
    }

    @Test(arguments: [false, true])
    func anEngineWhoseFileIsWrittenToIsEnded(isPreloaded: Bool) async throws {
        let filed = try Filed(isPreloaded: isPreloaded)
        try filed.write("60")
        let station = try Station([filed.model])
        let (ticket, outcome) = await station.run("m")
        let first = try #require(outcome.engine)
        try filed.overwrite("070")
        await look(station)
        // What runs may end.
        #expect(await station.view(of: "m").status == .unloading && !first.hasEnded)
        await station.coordinator.finish(ticket, tokens: 0)
        #expect(await eventually { first.hasEnded })
        if isPreloaded { #expect(await station.becomes(.loaded, "m")) }
        #expect(await station.run("m").outcome.engine !== first)
        #expect(await station.view(of: "m").memory.restingBytes == 70)
        #expect(station.audit.violations == [])
    }

    @Test func aFileThatChangesDuringItsLoadIsLoadedAgain() async throws {
        let filed = try Filed()
        try filed.write("60")
        let station = try Station([filed.model])
        let gate = station.starter.holdNextStart(of: "m")
        let admission = await station.admit("m")
        #expect(await eventually { station.starter.attempts == ["m"] })
        try filed.write("70")
        gate.open()
        let engine = try #require(await station.outcome(of: admission.ticket).engine)
        #expect(station.starter.attempts == ["m", "m"])
        #expect(station.starter.engines.first !== engine && station.starter.engines.first?.stopCalls == 1)
        #expect(await station.view(of: "m").memory.restingBytes == 70)
    }

    @Test func newFilesEndTheWaitAfterFailures() async throws {
        let filed = try Filed()
        try filed.write("60")
        let station = try Station([filed.model]) {
            $0.failures.failureLimit = 1; $0.failures.backoffSeconds = 1000; $0.failures.maxBackoffSeconds = 1000
        }
        station.starter.setFailing(true, "m")
        #expect(await station.run("m").outcome.rejection == .modelFailed)
        station.starter.setFailing(false, "m")
        #expect(await station.run("m").outcome.rejection == .modelFailed)
        try filed.write("50")
        await look(station)
        #expect(await station.run("m").outcome.engine != nil)
    }

    @Test func aPreloadedModelIsLoadedOnceItsFileIsThere() async throws {
        let filed = try Filed(isPreloaded: true)
        let station = try Station([filed.model])
        await station.coordinator.noteUnusable()
        await station.coordinator.preload()
        #expect(station.starter.attempts == [])
        try filed.write("60")
        await look(station)
        #expect(await station.becomes(.loaded, "m"))
    }

    /// A network folder that is gone must not keep the others from being looked at, nor Ember from ending.
    @Test func filesThatDoNotAnswerHoldUpTheirModelAlone() async throws {
        let stuck = Mutex(true)
        var hung = edgeModel("hung")
        hung.engine?.startTimeoutSeconds = 0.3
        // Its stamps differ from what was read, so that reading is due, and takes for ever.
        hung.origin.stamps = [nil]
        hung.origin.source = ModelSource(files: []) {
            while stuck.withLock({ $0 }) { usleep(10_000) }
            return ModelSource.Reading(model: edgeModel("hung"))
        }
        let filed = try Filed()
        let station = try Station([hung, filed.model]) { $0.failures.failureLimit = 1 }
        await station.coordinator.noteUnusable()
        let refused = await station.run("hung").outcome
        #expect(refused.rejection == .modelFailed)
        #expect(refused.refusal?.message.contains("do not answer") == true)
        try filed.write("60")
        await station.coordinator.lookAtFiles()
        #expect(await eventually { await station.view(of: "m").status == .unloaded })
        await station.coordinator.shutDown()
        stuck.withLock { $0 = false }
    }

    @Test func aVariantWithoutItsAdapterIsRefusedAndItsBaseServed() async throws {
        var variant = edgeModel("tuned")
        variant.spec.base = ModelID(0)
        variant.edits.adapter = AdapterUse(path: "/a.gguf", scale: 1)
        variant.problem = "a.gguf: is empty"
        let station = try Station([edgeModel("base"), variant])
        await station.coordinator.noteUnusable()
        let refused = await station.run("tuned").outcome
        #expect(refused.rejection == .modelFailed && refused.refusal?.message.contains("a.gguf: is empty") == true)
        #expect(await station.run("base").outcome.engine != nil)
        #expect(await station.coordinator.modelStates().map(\.status) == [.loaded, .failed])
        #expect(await station.view(of: "tuned").engine.failure == "a.gguf: is empty")
    }

    @Test func aVariantWithoutItsAdapterGoesToItsCloud() async throws {
        var variant = edgeModel("tuned", cloud: .at("http://127.0.0.1:1/v1"))
        variant.spec.base = ModelID(0)
        variant.problem = "gone"
        let station = try Station([edgeModel("base"), variant])
        #expect(await station.run("tuned").outcome.offload?.reason == .unfit)
    }

    @Test func anUnusableModelGoesToItsCloud() async throws {
        var model = edgeModel("m", cloud: .at("http://127.0.0.1:1/v1"))
        model.problem = "gone"
        let station = try Station([model])
        await station.coordinator.noteUnusable()
        #expect(await station.run("m").outcome.offload?.reason == .engineFailed)
    }

    @Test func aRequestThatWaitsForALoadIsToldSo() async throws {
        let station = try Station([edgeModel("m")]) { $0.queue.maxWaitSeconds = 0.2 }
        let gate = station.starter.holdNextStart(of: "m")
        let refused = await station.run("m").outcome
        #expect(refused.rejection == .waitedTooLong)
        #expect(refused.refusal?.message.contains("is still loading") == true)
        gate.open()
        // A busy one is busy, and another that finds no room finds none.
        #expect(await station.becomes(.loaded, "m"))
        let (ticket, _) = await station.run("m")
        #expect(await station.run("m").outcome.refusal?.message.contains("is busy") == true)
        await station.coordinator.finish(ticket, tokens: 0)
    }
}
