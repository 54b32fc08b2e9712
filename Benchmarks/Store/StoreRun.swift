import BenchmarkSupport
import EmberCore
import EmberStore
import Foundation

/// A store filled to a size, and what its operations took.
struct StoreRun {
    let size: Int
    private(set) var learned = 0.0
    private(set) var add = Times()
    private(set) var newest = Times()
    private(set) var rate = Times()
    private(set) var nearestFirst = Times()
    private(set) var nearest = Times()
    private(set) var opening = Times()
    private(set) var appending = Times()
    private(set) var reading = Times()
    private(set) var fileBytes = 0
    private(set) var peak = 0.0

    static let quota = 10_000
    private static let batch = 1000
    private static let demonstrations = 8
    private let services: [String]
    private let repetitions: Int
    private var samples = Samples(seed: 1)

    init(size: Int, repetitions: Int) {
        self.size = size
        self.repetitions = repetitions
        services = (0..<max(1, size / Self.quota)).map { "service-\($0)" }
    }

    mutating func run(in folder: String) async throws {
        var limits = StoreLimits()
        limits.entriesPerService = Self.quota
        limits.diskBytes = .mebibytes(1 << 20)
        limits.flushEntries = .max
        limits.flushInterval = .seconds(3600)
        limits.waitingBytes = .mebibytes(1024)
        var store = try await ContextStore.open(folder: folder, limits: limits, surroundings: .system) { print($0) }
        try await fill(store)
        try await measureChanges(store, Yardsticks(folder: folder, numbers: 0))
        fileBytes = try await store.fileBytes().count
        try await store.close()
        try await opening.measure {
            store = try await ContextStore.open(folder: folder, limits: limits, surroundings: .system) { print($0) }
        }
        try await measureQuestions(store, Yardsticks(folder: folder, numbers: Self.quota * Samples.dimension))
        try await store.close()
        peak = peakMebibytes()
    }

    /// All services grow side by side, as they do in a server, so that their pages lie mixed.
    private mutating func fill(_ store: ContextStore) async throws {
        var writing = 0.0
        for start in stride(from: 0, to: size, by: Self.batch) {
            for number in start..<min(start + Self.batch, size) {
                try store.learn(samples.next(of: services[number % services.count]), tenant: "ann")
            }
            let began = ContinuousClock.now
            try await store.flush()
            writing += began.duration(to: .now) / .seconds(1)
        }
        learned = Double(size) / writing
    }

    private mutating func measureChanges(_ store: ContextStore, _ yardsticks: Yardsticks) async throws {
        for _ in 0..<repetitions {
            let content = samples.next(of: service())
            try await add.measure { _ = try await store.add(content, tenant: "ann") }
            try await rate.measure { _ = try await store.rate(request: content.request, tenant: "ann", quality: 0.7) }
            await appending.measure { yardsticks.append() }
        }
    }

    private mutating func measureQuestions(_ store: ContextStore, _ yardsticks: Yardsticks) async throws {
        var sum: Float = 0
        for _ in 0..<repetitions {
            let scope = DemonstrationScope(tenant: "ann", service: service())
            try await newest.measure { _ = try await store.newest(Self.demonstrations, of: scope) }
        }
        for service in services.prefix(20) {
            let (scope, vector) = (DemonstrationScope(tenant: "ann", service: service), embedding())
            try await nearestFirst.measure { _ = try await store.nearest(Self.demonstrations, to: vector, of: scope) }
        }
        let scope = DemonstrationScope(tenant: "ann", service: services[services.count - 1])
        _ = try await store.nearest(Self.demonstrations, to: embedding(), of: scope)
        for _ in 0..<repetitions {
            let vector = embedding()
            try await nearest.measure { _ = try await store.nearest(Self.demonstrations, to: vector, of: scope) }
            await reading.measure { sum += yardsticks.read() }
        }
        precondition(sum >= 0)
    }

    private mutating func service() -> String { services[samples.pick(services.count)] }

    private mutating func embedding() -> Embedding { Embedding(vector: samples.vector(), embedder: Samples.embedder) }
}
