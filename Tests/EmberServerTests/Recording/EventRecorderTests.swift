import EmberCore
import EmberSim
import Foundation
import Testing

@testable import EmberServer

@Suite struct EventRecorderTests {
    private let files: TestFiles
    private let setting: RecordedSetting
    private var folder: String { files.path + "/events" }

    init() throws {
        files = try TestFiles()
        var model = ModelSpec(name: "m", residentBytes: Bytes(40), parallel: 2)
        let models = (0..<4).map { index in
            model.name = "m\(index)"
            return model
        }
        var settings = PlannerSettings(budget: Bytes(100))
        (settings.queue.residencyPerLoad, settings.queue.gateWaitSeconds, settings.queue.patienceSeconds) = (0, 0, 0)
        setting = RecordedSetting(
            policy: "regret-forecast", seed: 1,
            catalogue: Catalogue(models: models, services: [ServiceSpec(name: "s")]), settings: settings, began: 5000)
    }

    private func recorder(limit: Int, _ log: KeptLog = KeptLog()) throws -> EventRecorder {
        try EventRecorder(folder: folder, limit: limit, setting: setting, logger: log.logger, surroundings: .system)
    }

    private var logs: [LogName] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { LogName($0) }.sorted() }
    }

    private func bytes(of log: LogName) throws -> Int {
        try Data(contentsOf: URL(fileURLWithPath: folder + "/" + log.text)).count
    }

    @Test func aRunIsWrittenInPartsEachOfWhichCanBeReplayed() throws {
        let limit = 400_000
        try files.write([UInt8](repeating: 0, count: 30_000), to: "events/events-1000.log")
        try files.write([UInt8](repeating: 0, count: 30_000), to: "events/events-2000-0001.log")
        try files.write([UInt8(0)], to: "events/notes.txt")
        let log = KeptLog()
        var traffic = Traffic(recorder: try recorder(limit: limit, log), planner: try setting.planner())
        traffic.send(requests: 8000)
        traffic.recorder.close()
        #expect(log.warnings == [])
        let logs = try self.logs
        #expect(logs.count > 3 && logs.allSatisfy { $0.began == 5_000_000 })
        #expect(logs[0].part > 1 && logs.map(\.part) == Array(logs[0].part..<logs[0].part + logs.count))
        #expect(FileManager.default.fileExists(atPath: folder + "/notes.txt"))
        // The present part may be one line over.
        #expect(try logs.reduce(0) { $0 + (try bytes(of: $1)) } < limit + 100)
        var events = 0
        for log in logs {
            let run = try RecordedRun(folder + "/" + log.text)
            #expect(run.firstDifference == nil && run.setting.part == log.part, "\(log)")
            events += run.events
        }
        let whole = try RecordedRun(folder)
        #expect(whole.firstDifference == nil && whole.events == events)
        #expect(whole.ledger == traffic.planner.edge.ledger)
    }

    @Test func earlierRunsGoFirst() throws {
        try files.write([UInt8](repeating: 0, count: 60_000), to: "events/events-1000.log")
        try files.write([UInt8](repeating: 0, count: 60_000), to: "events/events-2000-0007.log")
        try recorder(limit: 100_000).close()
        #expect(try logs.map(\.text) == ["events-2000-0007.log", "events-000001-5000000-0001.log"])
        #expect(try RecordedRun(folder).events == 0)
    }

    /// A clock that was in the future once, one that is at 1970 now, and one that stands still.
    @Test(arguments: [2_208_988_800, 1, 5000]) func theLatestRunIsTheOneWrittenLast(_ clock: Double) throws {
        try files.write("of an earlier version".utf8, to: "events/events-2208988800001-0001.log")
        for began in [2_208_988_800, clock] {
            var setting = setting
            setting.began = began
            try EventRecorder(
                folder: folder, limit: 1_000_000, setting: setting, logger: quietLogger, surroundings: .system
            ).close()
        }
        try recorder(limit: 1_000_000).close()
        #expect(try logs.map(\.run) == [0, 1, 2, 3] && RecordedRun(folder).setting.began == 5000)
        // And where room is wanted, it goes last.
        let last = try #require(logs.last)
        let logFolder = try LogFolder(folder, limit: bytes(of: last) + 10, files: .system)
        try logFolder.makeRoom(for: 10)
        #expect(try logs == [last])
    }

    @Test func onlyTheUserCanReadThem() throws {
        try recorder(limit: 100_000).close()
        let file = folder + "/" + (try #require(logs.first)).text
        let permissions = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? NSNumber
        #expect(permissions?.intValue == 0o600)
    }

    /// Two parts of which half is events do not fit: the first one stays, and can be replayed.
    @Test func aLimitTooSmallForThePlannerEndsTheLog() throws {
        let log = KeptLog()
        var traffic = Traffic(recorder: try recorder(limit: 6000, log), planner: try setting.planner())
        traffic.send(requests: 1000)
        traffic.recorder.close()
        #expect(try logs.map(\.part) == [1])
        // It says so once, however many events come after.
        #expect(log.warnings.count == 1 && log.warnings[0].contains("raise events.limit to"), "\(log.warnings)")
        let run = try RecordedRun(folder)
        #expect(run.firstDifference == nil && run.events > 10)
    }
}

/// Requests for every model in turn, a few of them running at any time; loads and unloads take no time.
private struct Traffic {
    let recorder: EventRecorder
    var planner: SwitchingPlanner
    private var clock = 0.0
    private var running: [RequestID] = []
    private var free: [RequestID] = []
    private var issued = 0

    init(recorder: EventRecorder, planner: SwitchingPlanner) {
        (self.recorder, self.planner) = (recorder, planner)
    }

    mutating func send(requests: Int) {
        for number in 0..<requests {
            let request = takeID()
            // Long stretches of one model, so that it is worth a load.
            let model = ModelID(number % 3 == 0 ? number % 4 : number / 40 % 4)
            tell(.requestArrived(request, service: ServiceID(0), model: model, offloadable: number % 5 > 0))
            while running.count > 3 {
                let ended = running.removeFirst()
                free.append(ended)
                tell(.requestFinished(ended, tokens: 10))
            }
        }
    }

    private mutating func takeID() -> RequestID {
        if let request = free.popLast() { return request }
        defer { issued += 1 }
        return RequestID(issued)
    }

    private mutating func tell(_ event: Event) {
        clock += 0.1
        var effects: [Effect] = []
        planner.handle(event, at: Time(seconds: clock), into: &effects)
        recorder.record(event, at: Time(seconds: clock), effects, leaving: planner)
        recorder.write()
        for effect in effects {
            switch effect {
            case .beginLoad(let instance): tell(.loadFinished(instance))
            case .beginUnload(let instance, _): tell(.unloadFinished(instance))
            case .dispatch(let request, _), .offload(let request, _): running.append(request)
            case .reject(let request, _): free.append(request)
            case .enqueue, .trial, .makeRoom: break
            }
        }
    }
}
