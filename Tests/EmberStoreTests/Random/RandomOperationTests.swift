import EmberCore
import EmberStore
import Foundation
import Testing

/// The store and the plain one, given the same random operations, must hold and answer the same.
@Suite struct RandomOperationTests {
    @Test(arguments: seeds(6)) func theStoreDoesWhatThePlainOneDoes(seed: UInt64) async throws {
        var run = try await RandomRun(seed: seed)
        for step in 0..<150 {
            try await run.step()
            try await run.compare("seed \(seed), step \(step)")
        }
    }

    /// More with EMBER_TEST_SEEDS, a factor, as in the other tests.
    private static func seeds(_ count: Int) -> [UInt64] {
        let factor = ProcessInfo.processInfo.environment["EMBER_TEST_SEEDS"].flatMap(Int.init) ?? 1
        return (0..<UInt64(count * factor)).map { $0 }
    }
}

private struct RandomRun {
    private let folder: TestFolder
    private let limits: StoreLimits
    private var store: ContextStore
    private var plain: PlainStore
    private var lots: SeededGenerator
    private var lastRequest = 0

    private static let tenants = ["", "ann", "ben"]
    private static let services = ["chat", "vision"]
    private static let models = [nil, "x", "y"]

    init(seed: UInt64) async throws {
        folder = try TestFolder()
        lots = SeededGenerator(seed: seed)
        var limits = StoreLimits.patient
        limits.entriesPerService = Int.random(in: 1...12, using: &lots)
        limits.bytesPerService = Bytes(Int.random(in: 1000...6000, using: &lots))
        limits.vectorBytes = Bytes(Int.random(in: 0...60_000, using: &lots))
        self.limits = limits
        plain = PlainStore(limits: limits)
        store = try await opened(folder, limits)
    }

    // MARK: Operations

    mutating func step() async throws {
        switch Int.random(in: 0..<20, using: &lots) {
        case 0..<6: try await add()
        case 6..<9:
            let (content, tenant) = (content(), tenant())
            try store.learn(content, tenant: tenant)
            plain.learn(content, tenant)
        case 9: try await rateByRequest()
        case 10: try await editOne()
        case 11: try await removeSome()
        case 12: try await removeMany()
        case 13: try await importSome()
        case 14:
            try await store.close()
            plain.settle()
            store = try await opened(folder, limits)
        default: try await askNearest()
        }
    }

    private mutating func add() async throws {
        let (content, tenant) = (content(), tenant())
        let expected = plain.add(content, tenant)
        var thrown: StoreError?
        do { try await store.add(content, tenant: tenant) } catch { thrown = error }
        #expect(thrown == expected)
    }

    private mutating func rateByRequest() async throws {
        plain.settle()
        let (request, tenant, quality) = (request(), tenant(), quality())
        let rated = try await store.rate(request: request, tenant: tenant, quality: quality)
        #expect(rated == plain.rate(request, tenant, quality))
    }

    private mutating func editOne() async throws {
        try await store.flush()
        plain.settle()
        let scope = scope(withModel: false)
        guard let entry = plain.entries(of: scope).randomElement(using: &lots) else { return }
        let id = try await id(of: entry)
        switch Int.random(in: 0..<2, using: &lots) {
        case 0:
            let quality = quality()
            #expect(try await store.rate(id: id, tenant: entry.tenant, quality: quality))
            plain.edit(entry.number) { $0.quality = quality }
        default:
            let embedding = embedding()
            #expect(try await store.setEmbedding(embedding, of: id, tenant: entry.tenant))
            plain.edit(entry.number) { $0.embedding = embedding }
        }
    }

    private mutating func removeSome() async throws {
        try await store.flush()
        plain.settle()
        let entries = plain.entries(of: scope(withModel: false)).filter { _ in Bool.random(using: &lots) }
        let (tenant, other) = (entries.first?.tenant ?? "", tenant())
        var ids: [Int] = []
        for entry in entries { ids.append(try await id(of: entry)) }
        if other != tenant { #expect(try await store.remove(ids: ids, tenant: other) == 0) }
        #expect(try await store.remove(ids: ids, tenant: tenant) == ids.count)
        let numbers = Set(entries.map(\.number))
        #expect(plain.remove { numbers.contains($0.number) } == ids.count)
    }

    private mutating func removeMany() async throws {
        plain.settle()
        let scope = scope(withModel: false)
        if Int.random(in: 0..<4, using: &lots) == 0 {
            let removed = try await store.removeAll(tenant: scope.tenant)
            #expect(removed == plain.remove { $0.tenant == scope.tenant })
        } else {
            let removed = try await store.remove(service: scope.service, tenant: scope.tenant)
            #expect(removed == plain.remove { $0.tenant == scope.tenant && $0.content.service == scope.service })
        }
    }

    private mutating func importSome() async throws {
        let (from, to) = (scope(withModel: false), tenant())
        plain.settle()
        let lines = try await exported(store, from.tenant, service: from.service)
        #expect(lines.count == plain.entries(of: from).count)
        let refused = plain.importAll(plain.entries(of: from).map(\.content), to)
        var thrown: StoreError?
        do { _ = try await store.importLines(Pieces(lines), tenant: to, now: 0) } catch {
            thrown = error as? StoreError
        }
        #expect(thrown == (refused > 0 ? .noRoom(demonstrations: refused) : nil))
    }

    private mutating func askNearest() async throws {
        let (scope, vector, count) = (scope(withModel: true), embedding(), Int.random(in: 1...5, using: &lots))
        let found = try await store.nearest(count, to: vector, of: scope)
        let cosines = plain.cosines(to: vector, of: scope)
        let best = cosines.values.sorted(by: >).prefix(count)
        #expect(found.count == best.count)
        for (near, cosine) in zip(found, best) {
            let entry = plain.entries(of: scope).first { $0.content.request == near.demonstration.request }
            let own = entry.flatMap { cosines[$0.number] } ?? .nan
            #expect(abs(Double(near.cosine) - own) < 1e-5 && abs(own - cosine) < 1e-5)
        }
    }

    // MARK: Comparison

    func compare(_ place: String) async throws {
        for tenant in Self.tenants {
            for service in Self.services {
                for model in Self.models {
                    let scope = DemonstrationScope(tenant: tenant, service: service, model: model)
                    let expected = plain.entries(of: scope)
                    let found = try await store.newest(1000, of: scope)
                    #expect(found.map(\.content) == expected.reversed().map(\.content), "\(place), \(scope)")
                    #expect(found.allSatisfy { $0.tenant == tenant })
                    let usage = try await store.usage(of: scope)
                    #expect(usage.entries == expected.count, "\(place), \(scope)")
                    #expect(usage.bytes.count == expected.map(plain.bytes(of:)).reduce(0, +), "\(place), \(scope)")
                }
            }
        }
    }

    private func id(of entry: PlainStore.Entry) async throws -> Int {
        let scope = DemonstrationScope(tenant: entry.tenant, service: entry.content.service)
        let found = try await store.newest(1000, of: scope).first { $0.request == entry.content.request }
        return try #require(found).id
    }

    // MARK: Lots

    private mutating func tenant() -> String { Self.tenants[Int.random(in: 0..<3, using: &lots)] }

    private mutating func scope(withModel: Bool) -> DemonstrationScope {
        DemonstrationScope(
            tenant: tenant(), service: Self.services[Int.random(in: 0..<2, using: &lots)],
            model: withModel ? Self.models[Int.random(in: 0..<3, using: &lots)] : nil)
    }

    private mutating func quality() -> Double? {
        Bool.random(using: &lots) ? nil : Double(Int.random(in: 0...4, using: &lots)) / 4
    }

    /// A new one, or, at times, one that may be known.
    private mutating func request() -> String {
        if Int.random(in: 0..<4, using: &lots) == 0 { return "r\(Int.random(in: 0...lastRequest, using: &lots))" }
        lastRequest += 1
        return "r\(lastRequest)"
    }

    private mutating func embedding() -> Embedding {
        let dimension = Int.random(in: 0..<5, using: &lots) == 0 ? 20 : 3
        // Few values, so that equal cosines are met.
        let vector = (0..<dimension).map { _ in Float(Int.random(in: -2...2, using: &lots)) + 0.5 }
        return Embedding(vector: vector, embedder: Int.random(in: 0..<5, using: &lots) == 0 ? "other" : "minilm")
    }

    private mutating func content() -> DemonstrationContent {
        let origin = Origin.allCases[Int.random(in: 0..<3, using: &lots)]
        var content = example(
            request(), service: Self.services[Int.random(in: 0..<2, using: &lots)],
            model: Self.models[Int.random(in: 0..<3, using: &lots)],
            origin: Int.random(in: 0..<3, using: &lots) == 0 ? origin : .edge, quality: quality(),
            time: Double(Int.random(in: 0...20, using: &lots)),
            text: String(repeating: "x", count: Int.random(in: 1...400, using: &lots)))
        if Bool.random(using: &lots) { content.embedding = embedding() }
        if Int.random(in: 0..<3, using: &lots) == 0 { content.tokens = ["x": 7, "y": 8] }
        return content
    }
}
