import EmberCore
import EmberStore
import Foundation
import Testing

@Suite struct ChangingTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    @Test func resultsAreRatedByRequestAndById() async throws {
        let store = try await opened(folder)
        let id = try await store.add(example("a"), tenant: "ann")
        func quality() async throws -> Double? { try await store.demonstration(id, tenant: "ann")?.quality }
        #expect(try await store.rate(request: "a", tenant: "ann", quality: 0.75) == 1)
        #expect(try await quality() == 0.75)
        #expect(try await store.rate(id: id, tenant: "ann", quality: 0))
        #expect(try await quality() == 0)
        #expect(try await store.rate(id: id, tenant: "ann", quality: nil))
        #expect(try await quality() == nil)
        #expect(try await store.rate(request: "none", tenant: "ann", quality: 1) == 0)
        #expect(try await store.rate(id: id + 1, tenant: "ann", quality: 1) == false)
        for bad in [-0.001, 1.001, .nan, .infinity] {
            #expect(await problem { _ = try await store.rate(request: "a", tenant: "ann", quality: bad) } != nil)
        }
    }

    @Test func aRatingIsOfAllServicesThatHaveTheRequest() async throws {
        let store = try await opened(folder)
        try await store.add([example("a"), example("a", service: "vision")])
        #expect(try await store.rate(request: "a", tenant: "ann", quality: 1) == 2)
    }

    @Test func whatIsChangedIsCountedToo() async throws {
        let store = try await opened(folder)
        let id = try await store.add(example("a"), tenant: "ann")
        let before = try await store.usage(of: .chat).bytes
        let vector = Embedding(vector: Array(repeating: 1, count: 100), embedder: "minilm")
        #expect(try await store.setEmbedding(vector, of: id, tenant: "ann"))
        #expect(try await store.usage(of: .chat).bytes.count == before.count + 400 + "minilm".utf8.count)
        #expect(try await store.demonstration(id, tenant: "ann")?.embedding == vector)
    }

    @Test func removedOnesAreGone() async throws {
        let store = try await opened(folder)
        var ids: [Int] = []
        for name in ["a", "b", "c"] { ids.append(try await store.add(example(name, vector: [1]), tenant: "ann")) }
        try await store.add([example("d", service: "vision")])
        #expect(try await store.remove(ids: [ids[0], ids[0], ids[2], 999], tenant: "ann") == 2)
        #expect(try await store.requests() == ["b"])
        #expect(try await store.remove(service: "chat", tenant: "ann") == 1)
        #expect(try await store.remove(service: "chat", tenant: "ann") == 0)
        #expect(try await store.services(of: "ann").map(\.service) == ["vision"])
        try await store.add([example("e")])
        #expect(try await store.removeAll(tenant: "ann") == 2)
        #expect(try await store.services(of: "ann") == [])
        // The names are free again.
        try await store.add([example("a")])
    }

    @Test func removedTextsAreNotLeftOnTheDisk() async throws {
        let store = try await opened(folder)
        let secret = "a-word-that-nothing-else-has"
        try await store.add((0..<50).map { example("r\($0)", text: secret) })
        #expect(try contains(secret))
        #expect(try await store.removeAll(tenant: "ann") == 50)
        #expect(try !contains(secret))
        try await store.close()
        #expect(try !contains(secret))
    }

    @Test func theDiskGetsItsSpaceBack() async throws {
        let store = try await opened(folder)
        let empty = try await store.fileBytes()
        try await store.add((0..<50).map { example("r\($0)", text: String(repeating: "x", count: 10_000)) })
        #expect(try await store.fileBytes() > empty + empty)
        #expect(try await store.remove(service: "chat", tenant: "ann") == 50)
        #expect(try await store.fileBytes() <= empty + empty)
    }

    private func contains(_ text: String) throws -> Bool {
        try folder.names().contains { name in
            try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name)).range(of: Data(text.utf8)) != nil
        }
    }
}
