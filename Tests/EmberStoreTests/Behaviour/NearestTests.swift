import EmberCore
import EmberStore
import Foundation
import Testing

@Suite struct NearestTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    @Test func theNearestByAngleComeFirst() async throws {
        let store = try await opened(folder)
        try await store.add([
            example("east", vector: [1, 0]), example("far-north", vector: [0, 100]), example("west", vector: [-1, 0]),
            example("north-east", vector: [3, 4]), example("none"),
        ])
        let found = try await store.nearest(3, to: Embedding(vector: [0, 2], embedder: "minilm"), of: .chat)
        // West and east are as far; west is newer.
        #expect(found.map(\.demonstration.request) == ["far-north", "north-east", "west"])
        #expect(abs(found[0].cosine - 1) < 1e-6 && abs(found[1].cosine - 0.8) < 1e-6)
        #expect(found[0].demonstration.content == example("far-north", vector: [0, 100]))
    }

    @Test func amongEqualsTheNewestComesFirst() async throws {
        let store = try await opened(folder)
        // More than one block of vectors.
        for number in 0..<600 { try store.learn(example("r\(number)", vector: [1, Float(number % 2)]), tenant: "ann") }
        try await store.flush()
        #expect(try await store.requests(near: [5, 5], 3) == ["r599", "r597", "r595"])
        let gone = try await store.newest(1, of: .chat).map(\.id)
        #expect(try await store.remove(ids: gone, tenant: "ann") == 1)
        #expect(try await store.requests(near: [5, 5], 3) == ["r597", "r595", "r593"])
    }

    @Test func changesAreSeenAtOnce() async throws {
        let store = try await opened(folder)
        let first = try await store.add(example("a", vector: [1, 0]), tenant: "ann")
        #expect(try await store.requests(near: [1, 0]) == ["a"])
        try await store.add(example("b", vector: [1, 0.1]), tenant: "ann")
        try store.learn(example("c", vector: [1, 0.2]), tenant: "ann")
        try await store.flush()
        #expect(try await store.requests(near: [1, 0]) == ["a", "b", "c"])
        #expect(try await store.setEmbedding(.init(vector: [1, 9], embedder: "minilm"), of: first, tenant: "ann"))
        #expect(try await store.requests(near: [1, 0]) == ["b", "c", "a"])
        #expect(try await store.setEmbedding(.init(vector: [1, 0], embedder: "other"), of: first, tenant: "ann"))
        #expect(try await store.requests(near: [1, 0]) == ["b", "c"])
        #expect(try await store.remove(service: "chat", tenant: "ann") == 3)
        #expect(try await store.requests(near: [1, 0]) == [])
        try await store.add(example("d", vector: [1, 1]), tenant: "ann")
        #expect(try await store.requests(near: [1, 0]) == ["d"])
    }

    @Test func whatFailedIsNotSeen() async throws {
        var limits = StoreLimits.patient
        limits.entriesPerService = 1
        let store = try await opened(folder, limits)
        try await store.add(example("given", origin: .given, vector: [1]), tenant: "ann")
        #expect(try await store.requests(near: [1]) == ["given"])
        #expect(
            await problem { try await store.add(example("a", vector: [1]), tenant: "ann") }
                == .noRoom(demonstrations: 1))
        #expect(try await store.requests(near: [1]) == ["given"])
    }

    @Test func aModelSeesItsOwnAndThoseOfEveryModel() async throws {
        let store = try await opened(folder)
        try await store.add([
            example("x", model: "x", vector: [1, 0]), example("y", model: "y", vector: [1, 0.1]),
            example("all", vector: [1, 0.2]),
        ])
        let scope = DemonstrationScope(tenant: "ann", service: "chat", model: "y")
        #expect(try await store.requests(near: [1, 0], 10, scope) == ["y", "all"])
        #expect(try await store.requests(near: [1, 0], 1, scope) == ["y"])
    }

    @Test func vectorsOfOtherModelsAndLengthsAreNotCompared() async throws {
        let store = try await opened(folder)
        try await store.add([example("two", vector: [1, 0]), example("three", vector: [1, 0, 0])])
        try await store.add([example("other")])
        let id = try await store.newest(1, of: .chat)[0].id
        #expect(try await store.setEmbedding(.init(vector: [1, 0], embedder: "other"), of: id, tenant: "ann"))
        #expect(try await store.requests(near: [1, 1]) == ["two"])
        #expect(try await store.requests(near: [1, 1, 1]) == ["three"])
        #expect(try await store.requests(near: [1, 1, 1, 1]) == [])
    }

    @Test(arguments: [0, 1, 200_000]) func theAnswerDoesNotDependOnTheCache(bytes: Int) async throws {
        var limits = StoreLimits.patient
        limits.vectorBytes = Bytes(bytes)
        let store = try await opened(folder, limits)
        for service in ["a", "b", "c"] {
            try await store.add((0..<20).map { example("\(service)\($0)", service: service, vector: [1, Float($0)]) })
        }
        for round in 0..<3 {
            for service in ["a", "b", "c"] {
                let scope = DemonstrationScope(tenant: "ann", service: service)
                #expect(try await store.requests(near: [1, 0], 2, scope).last == "\(service)1")
                try await store.add(example("\(service)new\(round)", service: service, vector: [1, -9]), tenant: "ann")
                #expect(try await store.requests(near: [1, -9], 1, scope) == ["\(service)new\(round)"])
            }
        }
    }

    @Test(arguments: [[], [0, 0], [.nan, 1], [.infinity, 1]] as [[Float]])
    func aVectorWithoutDirectionIsSaid(vector: [Float]) async throws {
        let store = try await opened(folder)
        guard case .invalid = await problem({ _ = try await store.requests(near: vector) }) else {
            Issue.record("not invalid")
            return
        }
    }
}
