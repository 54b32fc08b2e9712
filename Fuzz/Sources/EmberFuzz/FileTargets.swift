import EmberCore
import Foundation
import Logging

@testable import EmberConfig
@testable import EmberDocument
@testable import EmberModels
@testable import EmberServer
@testable import EmberSim
@testable import EmberStore

/// A configuration is read, or refused with the place and the message of each issue.
let fuzzConfiguration: FuzzTarget = { input in
    let folders = ConfigurationFolders(
        home: "/home/eva", cache: "/cache", state: "/state", configuration: "/etc", working: "/")
    let files = ConfigurationFiles(
        read: { _, _ throws(ConfigurationFiles.Failure) in throw .init(reason: "No such file or directory") },
        isWorldReadable: { _ in false })
    let reader = ConfigurationReader(environment: ["EMBER_KEY": "a"], folders: folders, files: files)
    do throws(ConfigurationError) {
        let reading = try reader.read(text: String(decoding: input, as: UTF8.self), source: "ember.yaml")
        promise(!reading.configuration.models.isEmpty, "a configuration without models")
    } catch {
        promise(!error.issues.isEmpty, "refused without an issue")
        for issue in error.issues {
            promise(!issue.message.isEmpty && !issue.description.contains("\n"), "an issue of more than one line")
            promise((issue.place.line ?? 0) >= 1 && (issue.place.column ?? 0) >= 1, "an issue without a place")
        }
    }
}

/// A scenario; its files are not there.
let fuzzScenario: FuzzTarget = { input in
    _ = try? ScenarioReader.read(
        text: String(decoding: input, as: UTF8.self), source: "scenario.yaml", name: "fuzz", folder: InputFolder.path)
}

/// A model file: its header is read or refused, and every figure that follows from it can be worked out.
let fuzzModelFile: FuzzTarget = { input in
    let file = InputFolder.write(input, to: "model.gguf")
    guard let header = try? GGUFHeader.read(file: file) else { return }
    checkHeader(header)
}

/// A model of two parts, of which the first byte says where they are cut.
let fuzzSplitModel: FuzzTarget = { input in
    var reader = InputReader(input)
    let share = Int(reader.byte())
    let bytes = reader.bytes
    let cut = bytes.count * share / 256
    let first = InputFolder.write(bytes[..<cut], to: "model-00001-of-00002.gguf")
    _ = InputFolder.write(bytes[cut...], to: "model-00002-of-00002.gguf")
    guard let header = try? GGUFHeader.read(file: first) else { return }
    checkHeader(header)
}

private func checkHeader(_ header: GGUFHeader) {
    promise(header.weightBytes >= 0 && header.parameterCount >= 0, "less than nothing in it")
    promise(header.bytesByType.reduce(0) { $0 + $1.bytes } == header.weightBytes, "the types do not add up")
    for settings in [
        LoadSettings(contextTokens: 4096),
        LoadSettings(contextTokens: .max, parallelSlots: .max, gpuLayers: .max, microBatchTokens: .max),
        LoadSettings(
            contextTokens: -1, parallelSlots: 0, gpuLayers: -5, embeddings: true, unifiedCache: true,
            memoryMapped: false),
    ] {
        let estimate = MemoryEstimate(header, settings, projector: header)
        promise(estimate.hostBytes >= 0 && estimate.gpuBytes >= 0, "an estimate of less than nothing")
        _ = estimate.description
    }
}

/// A file of a trace in the format that the first byte says, read as a workload, in slots or one by one.
let fuzzTrace: FuzzTarget = { input in
    var reader = InputReader(input)
    let choice = reader.byte()
    let formats = TraceFormat.allCases
    let format = formats[Int(choice) % formats.count]
    let path = InputFolder.write(reader.bytes, to: "trace")
    let file = TraceFile(format: format, path: path, service: "code")
    let source = TraceSource(
        files: [file], slotSeconds: choice & 4 == 0 ? 1 : 60, startSeconds: nil, windows: [4096, 128_000],
        clients: choice & 8 == 0 ? nil : 3, pairing: .drawn, requestsPerSlot: nil, maxBadLines: 100,
        keepsRequests: choice & 16 != 0)
    let models = (0..<4).map { ModelSpec(name: "m\($0)", residentBytes: Bytes(10)) }
    let catalogue = Catalogue(models: models, services: (0..<4).map { ServiceSpec(name: "s\($0)") })
    _ = try? source.read(catalogue)
    guard format.requests != nil, let trace = try? TraceMerge([file], maxBadLines: 100) else { return }
    var latest = Int.min
    while let request = try? trace.next() {
        promise(request.nanoseconds >= latest, "out of order")
        latest = request.nanoseconds
        _ = PlainTrace.line(request)
    }
}

/// A log of events, replayed as far as it fits; whatever digests it has, as if they were right.
let fuzzEventLog: FuzzTarget = { input in
    let path = InputFolder.write(input, to: "log")
    guard var log = try? EventLog(path), log.setting.models.count < 100, log.setting.services.count < 100 else {
        return
    }
    var replay = log.replay()
    for _ in 0..<500 {
        guard let event = try? log.next() else { return }
        promise(RecordedEvent(line: event.line) == event, "\(event.line) is read as another event")
        var trial = replay
        guard let effects = trial.step(event) else { return }
        let right = RecordedEvent(time: event.time, event: event.event, digest: EffectDigest(effects))
        guard replay.step(right) != nil, replay.firstDifference == nil else { return }
    }
}

/// What Ember keeps in its state folder, and reads when it starts.
let fuzzStateFiles: FuzzTarget = { input in
    var reader = InputReader(input)
    let choice = reader.byte() % 4
    let bytes = reader.bytes
    switch choice {
    case 0:
        _ = InputFolder.write(bytes, to: "footprints.json")
        let (store, warning) = FootprintStore.open(folder: InputFolder.path, surroundings: .system)
        promise(warning == nil || store.count == 0, "a warning, and entries")
    case 1:
        _ = InputFolder.write(bytes, to: "spending.json")
        let file = SpendingFile(
            stateFolder: InputFolder.path, logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() },
            surroundings: .system)
        var spending = file.read()
        let (total, own) = (Spending.Budget(day: 1, month: 10), Spending.Budget(day: 1, month: 1))
        for time in [0.0, 1_800_000_000, 1_900_000_000] {
            _ = spending.reserve(0.1, for: "s", at: time, total: total, service: own)
            spending.settle(reserved: 0.1, spent: 0.2, for: "s", reservedAt: time)
            let seconds = spending.wait(toReserve: 0.5, for: "s", at: time, total: total, service: own)
            promise(seconds >= 0, "a wait of less than no time")
        }
        _ = spending.merged(with: spending).spent(at: 0)
    case 2:
        for name in String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(20) {
            if let log = LogName(String(name)) { promise(LogName(log.text) == log, "\(log.text) is another log") }
        }
    default:
        for name in String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(20) {
            // By bytes: a slash with a combining mark behind it is another character, and ends a folder's name all the same.
            let isName =
                !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 } && name != "." && name != ".."
                && name.utf8.count < 200
            if isName { _ = InputFolder.write([1], to: String(name)) }
        }
        let archive = try? StateArchive(
            folder: InputFolder.path, quota: 3, logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() },
            surroundings: .system)
        promise((archive?.size.bytes ?? 0) <= 3, "more than the quota is left")
        archive?.dropAll(exceptFitting: ["none"])
    }
    InputFolder.clear()
}

/// Demonstrations to be imported: in pieces or as a whole, the same is read; what is read is written as the same line again.
let fuzzDemonstrations: FuzzTarget = { input in
    var reader = InputReader(input)
    let size = 1 + Int(reader.byte())
    let bytes = reader.bytes
    let defaults = LineDefaults(service: nil, time: 1_800_000_000)
    var (whole, cut) = (ImportReading(StoreLimits(), defaults), ImportReading(StoreLimits(), defaults))
    let all = Result { () throws in
        try whole.read(bytes)
        return try whole.finish()
    }
    let inPieces = Result { () throws in
        for start in stride(from: 0, to: bytes.count, by: size) {
            try cut.read(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        return try cut.finish()
    }
    promise((try? all.get()) == (try? inPieces.get()), "in pieces of \(size) other demonstrations are read")
}
