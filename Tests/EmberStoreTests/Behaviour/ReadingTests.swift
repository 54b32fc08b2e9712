import EmberCore
import EmberStore
import Foundation
import Testing

@Suite struct ReadingTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    @Test func theNewestComeFirst() async throws {
        let store = try await opened(folder)
        // The order is that of the store, not of the times that are given.
        try await store.add((0..<5).map { example("r\($0)", time: Double(100 - $0)) })
        #expect(try await store.newest(3, of: .chat).map(\.request) == ["r4", "r3", "r2"])
        #expect(try await store.newest(99, of: .chat).count == 5)
        #expect(try await store.newest(5, of: DemonstrationScope(tenant: "ann", service: "none")) == [])
    }

    @Test func aModelSeesItsOwnAndThoseOfEveryModel() async throws {
        let store = try await opened(folder)
        try await store.add([
            example("a", model: "x"), example("b"), example("c", model: "y"), example("d", model: "x"),
        ])
        func scope(_ model: String?) -> DemonstrationScope {
            DemonstrationScope(tenant: "ann", service: "chat", model: model)
        }
        #expect(try await store.requests(scope("x")) == ["d", "b", "a"])
        #expect(try await store.requests(scope("y")) == ["c", "b"])
        #expect(try await store.requests(scope("z")) == ["b"])
        #expect(try await store.requests(scope(nil)) == ["d", "c", "b", "a"])
        for (model, entries) in [("x", 3), ("y", 2), ("z", 1), (nil, 4)] {
            #expect(try await store.usage(of: scope(model)).entries == entries)
        }
    }

    @Test func pagesFollowEachOtherWithoutGapOrRepetition() async throws {
        let store = try await opened(folder)
        try await store.add((0..<7).map { example("r\($0)") })
        var (pages, before): ([[String]], Int?) = ([], nil)
        repeat {
            let page = try await store.list(.chat, before: before, limit: 3)
            pages.append(page.demonstrations.map(\.request))
            before = page.next
            // What comes in meanwhile does not shift the pages.
            try await store.add(example("new\(pages.count)"), tenant: "ann")
        } while before != nil
        #expect(pages == [["r6", "r5", "r4"], ["r3", "r2", "r1"], ["r0"]])
    }

    @Test func rangesOfIdsAreRead() async throws {
        let store = try await opened(folder)
        var ids: [Int] = []
        for number in 0..<6 { ids.append(try await store.add(example("r\(number)"), tenant: "ann")) }
        let some = try await store.demonstrations(of: .chat, ids: ids[1]...ids[4])
        #expect(some.map(\.request) == ["r1", "r2", "r3", "r4"])
        #expect(
            try await store.demonstrations(of: .chat, ids: ids[1]...ids[4], limit: 2).map(\.id) == [ids[1], ids[2]])
        #expect(try await store.demonstrations(of: .chat, ids: Int.min...Int.max).count == 6)
    }

    @Test(arguments: [0, -1, 1001, Int.max, Int.min]) func limitsOfQuestionsAreSaid(limit: Int) async throws {
        let store = try await opened(folder)
        let questions: [() async throws -> Void] = [
            { _ = try await store.newest(limit, of: .chat) }, { _ = try await store.list(.chat, limit: limit) },
            { _ = try await store.demonstrations(of: .chat, ids: 0...1, limit: limit) },
            { _ = try await store.requests(near: [1], limit) },
            { _ = try await store.demonstrations(withoutEmbeddingBy: "minilm", of: .chat, limit: limit) },
        ]
        for question in questions {
            guard case .invalid(let problem) = await problem(question) else {
                Issue.record("not invalid")
                continue
            }
            #expect(problem.field == "limit")
        }
    }

    @Test(arguments: [Int.min, -1, 0, 1]) func aPageBeforeTheFirstIsEmpty(before: Int) async throws {
        let store = try await opened(folder)
        try await store.add(example("r"), tenant: "ann")
        let page = try await store.list(.chat, before: before)
        #expect(page.demonstrations == [] && page.next == nil)
    }

    @Test func usageCountsWhatIsThere() async throws {
        let store = try await opened(folder)
        #expect(try await store.usage(of: .chat).entries == 0)
        try await store.add([example("a"), example("b", vector: [1, 2])])
        try await store.add([example("c", service: "vision")])
        let usage = try await store.usage(of: .chat)
        let texts = "text of aresult of aatext of bresult of bb".utf8.count
        #expect(usage.entries == 2)
        #expect(usage.bytes.count >= texts + 8 && usage.bytes.count < texts + 1000)
        #expect(try await store.services(of: "ann").map(\.service) == ["chat", "vision"])
        #expect(try await store.services(of: "ben") == [])
        let before = try await store.fileBytes()
        #expect(before > .zero)
        try await store.remove(ids: store.newest(2, of: .chat).map(\.id), tenant: "ann")
        #expect(try await store.usage(of: .chat) == store.usage(of: DemonstrationScope(tenant: "ann", service: "none")))
        #expect(try await store.services(of: "ann").map(\.service) == ["vision"])
    }

    @Test func thoseWithoutAVectorAreFound() async throws {
        let store = try await opened(folder)
        try await store.add([example("a"), example("b", vector: [1]), example("c")])
        func missing(_ embedder: String) async throws -> [String] {
            try await store.demonstrations(withoutEmbeddingBy: embedder, of: .chat).map(\.request)
        }
        #expect(try await missing("minilm") == ["a", "c"])
        #expect(try await missing("another") == ["a", "b", "c"])
    }
}
