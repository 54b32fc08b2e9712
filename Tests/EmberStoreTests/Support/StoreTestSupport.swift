import EmberCore
import EmberStore
import Foundation
import Synchronization
import Testing

/// A folder of a test's own, removed with it.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/ember-store-test-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var database: String { path + "/context.sqlite" }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

/// What a store told its operator.
final class Reports: Sendable {
    private let told = Mutex<[String]>([])

    var lines: [String] { told.withLock { $0 } }
    func take(_ line: String) { told.withLock { $0.append(line) } }
}

/// A store that nothing but the test writes: what is learned waits for a flush.
func opened(
    _ folder: TestFolder, _ limits: StoreLimits = .patient, reports: Reports = Reports()
) async throws -> ContextStore {
    try await ContextStore.open(folder: folder.path, limits: limits, surroundings: .system) { reports.take($0) }
}

extension StoreLimits {
    static var patient: StoreLimits {
        var limits = StoreLimits()
        limits.flushInterval = .seconds(3600)
        limits.flushEntries = .max
        return limits
    }
}

/// A demonstration with a request of its own.
func example(
    _ request: String, service: String = "chat", model: String? = nil, origin: Origin = .edge, quality: Double? = nil,
    time: Double = 1000, vector: [Float]? = nil, text: String = "text"
) -> DemonstrationContent {
    DemonstrationContent(
        service: service, model: model, prompt: "\(text) of \(request)", result: "result of \(request)", origin: origin,
        quality: quality, time: time, request: request,
        embedding: vector.map { Embedding(vector: $0, embedder: "minilm") })
}

extension DemonstrationScope {
    static let chat = DemonstrationScope(tenant: "ann", service: "chat")
}

extension ContextStore {
    /// The requests of a scope, the newest first.
    func requests(_ scope: DemonstrationScope = .chat) async throws -> [String] {
        try await newest(ContextStore.largestPage, of: scope).map(\.request)
    }

    func requests(near vector: [Float], _ count: Int = 10, _ scope: DemonstrationScope = .chat) async throws -> [String]
    {
        try await nearest(count, to: Embedding(vector: vector, embedder: "minilm"), of: scope)
            .map(\.demonstration.request)
    }

    func add(_ contents: [DemonstrationContent], tenant: String = "ann") async throws {
        for content in contents { try await add(content, tenant: tenant) }
    }
}

/// The error that some work throws, and a test failure if it throws none.
func problem(_ work: () async throws -> Void) async -> StoreError? {
    do {
        try await work()
        Issue.record("no error was thrown")
    } catch {
        return error as? StoreError
    }
    return nil
}

/// Polls what has no event to await.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now.advanced(by: .seconds(60))
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return try await condition()
}
