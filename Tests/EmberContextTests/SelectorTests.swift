import EmberCore
import EmberStore
import Foundation
import Testing

@testable import EmberContext

@Suite struct SelectorTests {
    private let scope = DemonstrationScope(tenant: "ann", service: "s")

    private func withStore(_ body: (ContextStore, Selector) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try await ContextStore.open(folder: folder.path, surroundings: .system) { _ in }
        try await body(store, Selector(store: store, .system))
        try await store.close()
    }

    @discardableResult
    private func add(
        _ store: ContextStore, _ count: Int, from first: Int = 0, quality: Double? = nil, tenant: String = "ann",
        vector: (Int) -> [Float]? = { _ in nil }
    ) async throws -> [Int] {
        var ids: [Int] = []
        for number in first..<(first + count) {
            ids.append(
                try await store.add(
                    DemonstrationContent(
                        service: "s", model: nil, prompt: "p\(number)", result: "r\(number)", origin: .given,
                        quality: quality, time: Double(number), request: "\(tenant)-\(number)",
                        embedding: vector(number).map { Embedding(vector: $0, embedder: "e") }),
                    tenant: tenant))
        }
        return ids
    }

    private func prompts(
        _ selector: Selector, _ mode: SelectionMode, _ count: Int, vector: [Float]? = nil, leastQuality: Double = 0
    ) async throws -> [String] {
        let request = SelectionRequest(
            scope: scope, mode: mode, count: count, leastQuality: leastQuality,
            vector: vector.map { Embedding(vector: $0, embedder: "e") })
        return try await selector.select(request).demonstrations.map(\.prompt)
    }

    /// Points on a quarter of a circle.
    private func direction(_ number: Int) -> [Float] {
        [Float(cos(Double(number) / 20)), Float(sin(Double(number) / 20))]
    }

    @Test func recentAppendsAndThenDropsTheOlderHalfAtOnce() async throws {
        try await withStore { store, selector in
            try await add(store, 3)
            #expect(try await prompts(selector, .recent, 4) == ["p0", "p1", "p2"])
            try await add(store, 1, from: 3)
            #expect(try await prompts(selector, .recent, 4) == ["p0", "p1", "p2", "p3"])
            try await add(store, 1, from: 4)
            #expect(try await prompts(selector, .recent, 4) == ["p3", "p4"])
            try await add(store, 1, from: 5)
            #expect(try await prompts(selector, .recent, 4) == ["p3", "p4", "p5"])
        }
    }

    @Test func fixedStaysWhateverComes() async throws {
        try await withStore { store, selector in
            let ids = try await add(store, 6)
            #expect(try await prompts(selector, .fixed, 3) == ["p0", "p1", "p2"])
            try await add(store, 20, from: 6)
            #expect(try await prompts(selector, .fixed, 3) == ["p0", "p1", "p2"])
            try await store.remove(ids: [ids[1]], tenant: "ann")
            #expect(try await prompts(selector, .fixed, 3) == ["p0", "p2", "p3"])
        }
    }

    @Test func fixedFillsUpUntilThereAreEnough() async throws {
        try await withStore { store, selector in
            try await add(store, 1)
            #expect(try await prompts(selector, .fixed, 3) == ["p0"])
            try await add(store, 5, from: 1)
            #expect(try await prompts(selector, .fixed, 3) == ["p0", "p1", "p2"])
        }
    }

    @Test func nearestComesLast() async throws {
        try await withStore { store, selector in
            try await add(store, 20, vector: direction)
            #expect(try await prompts(selector, .nearest, 3, vector: direction(10)).last == "p10")
            #expect(Set(try await prompts(selector, .nearest, 3, vector: direction(10))) == ["p9", "p10", "p11"])
            // Without a vector there is nothing near: the newest.
            #expect(try await prompts(selector, .nearest, 2) == ["p18", "p19"])
        }
    }

    @Test func requestsOfAClusterShareAPrefixAndHaveTheirOwnNearest() async throws {
        try await withStore { store, selector in
            try await add(store, 32, vector: { direction($0) })
            func selection(_ number: Int) async throws -> Selection {
                try await selector.select(
                    SelectionRequest(
                        scope: scope, mode: .clustered, count: 5,
                        vector: Embedding(vector: direction(number), embedder: "e")))
            }
            let (a, b, far) = (try await selection(1), try await selection(2), try await selection(30))
            #expect(a.demonstrations.count == 5 && a.stableCount == 3)
            #expect(a.prefix == b.prefix && a.prefix != far.prefix)
            #expect(a.demonstrations.prefix(3) == b.demonstrations.prefix(3))
            #expect(Set(a.demonstrations.map(\.id)).count == 5)
            // The nearest of all is in it, in the prefix or at the end.
            #expect(far.demonstrations.map(\.prompt).contains("p30"))
        }
    }

    /// With so small a number of demonstrations all are the request's own, and clusters would be of no use.
    @Test func twoExamplesNeedNoClusters() async throws {
        try await withStore { store, selector in
            try await add(store, 32, vector: { direction($0) })
            for number in [1, 30] {
                let selection = try await selector.select(
                    SelectionRequest(
                        scope: scope, mode: .clustered, count: 2,
                        vector: Embedding(vector: direction(number), embedder: "e")))
                #expect(selection.prefix == 0 && selection.stableCount == 0 && selection.mode == .clustered)
                #expect(selection.demonstrations.last?.prompt == "p\(number)")
                #expect(selection.demonstrations.count == 2)
            }
        }
    }

    /// One choice is made for all of them.
    @Test func requestsThatComeAtOnceAgree() async throws {
        try await withStore { store, selector in
            try await add(store, 32, vector: { direction($0) })
            let request = SelectionRequest(
                scope: scope, mode: .clustered, count: 5, vector: Embedding(vector: direction(3), embedder: "e"))
            let all = try await withThrowingTaskGroup(of: Selection.self) { group in
                for _ in 0..<8 { group.addTask { try await selector.select(request) } }
                return try await group.reduce(into: [Selection]()) { $0.append($1) }
            }
            #expect(Set(all).count == 1)
            await selector.forget(tenant: "ann", service: "s")
            #expect(try await selector.select(request) == all[0])
        }
    }

    @Test func badOnesAreLeftOut() async throws {
        try await withStore { store, selector in
            try await add(store, 2, quality: 0.1, vector: direction)
            try await add(store, 2, from: 2, quality: 0.9, vector: direction)
            try await add(store, 1, from: 4, vector: direction)
            for mode in [SelectionMode.recent, .fixed, .diverse, .nearest, .clustered] {
                let chosen = try await prompts(selector, mode, 4, vector: direction(0), leastQuality: 0.5)
                #expect(Set(chosen) == ["p2", "p3", "p4"], "\(mode)")
            }
        }
    }

    @Test(arguments: SelectionMode.allCases) func nothingOfAnotherTenantEverComes(_ mode: SelectionMode) async throws {
        try await withStore { store, selector in
            try await add(store, 9, tenant: "bob", vector: direction)
            #expect(try await prompts(selector, mode, 4, vector: direction(3)).isEmpty)
            try await add(store, 1, from: 50, vector: direction)
            let chosen = try await prompts(selector, mode, 4, vector: direction(3))
            #expect(chosen.allSatisfy { $0 == "p50" })
        }
    }

    @Test func contextIsWorthRelevanceTimesFreshness() async throws {
        try await withStore { store, selector in
            try await add(store, 4)
            let held = try await selector.select(SelectionRequest(scope: scope, mode: .fixed, count: 4)).demonstrations
            // Times 0 to 3; at 10, each has lost 0.1 / 4 a second: 4 - 0.025 x (10 + 9 + 8 + 7) = 3.15.
            let context = HeldContext(held, relevance: 1, vanishing: 0.1) { 10 - $0.time }
            #expect(context.examples == 4)
            #expect(abs(context.kappa - 3.15) < 1e-12)
            #expect(abs(HeldContext(held, relevance: 0.5, vanishing: 0.1, age: { 10 - $0.time }).kappa - 1.575) < 1e-12)
            #expect(HeldContext(held, relevance: 1, vanishing: 0.1, age: { _ in 1e6 }).kappa == 0)
            #expect(HeldContext([], relevance: 1, vanishing: 0.1, age: { _ in 1 }).kappa == 0)
        }
    }
}
