import EmberCore
import EmberStore
import Foundation
import Testing

@Suite struct AddingTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    @Test func everythingComesBackAfterAReopening() async throws {
        let full = DemonstrationContent(
            service: "sentiment", model: "smollm2", prompt: "Good?\n\u{1F600} \"é\"", result: "yes\u{2028}",
            tokens: [
                "smollm2": 12, "a \"b\"": 0,
            ], origin: .cloud, quality: 0.25, time: 1_795_000_000.125, request: "r-1",
            embedding: Embedding(vector: [0.1, -2.5e-30, 3e30, .leastNonzeroMagnitude], embedder: "minilm"))
        let plain = example("r-2")
        let store = try await opened(folder)
        let first = try await store.add(full, tenant: "")
        let second = try await store.add(plain, tenant: "")
        #expect(second > first)
        try await store.close()

        let again = try await opened(folder)
        let found = try await again.demonstration(first, tenant: "")
        #expect(found?.id == first && found?.tenant == "" && found?.content == full)
        #expect(try await again.demonstration(second, tenant: "")?.content == plain)
    }

    @Test func aServiceHasARequestOnce() async throws {
        let store = try await opened(folder)
        try await store.add(example("r", text: "first"), tenant: "ann")
        #expect(
            await problem { try await store.add(example("r", text: "second"), tenant: "ann") }
                == .alreadyThere(request: "r", service: "chat"))
        // Other services and tenants have requests of their own.
        try await store.add(example("r", service: "other"), tenant: "ann")
        try await store.add(example("r"), tenant: "ben")
        #expect(try await store.newest(5, of: .chat).map(\.prompt) == ["first of r"])
    }

    @Test func idsAreNeverGivenAgain() async throws {
        let store = try await opened(folder)
        let first = try await store.add(example("a"), tenant: "ann")
        #expect(try await store.removeAll(tenant: "ann") == 1)
        try await store.close()
        let again = try await opened(folder)
        #expect(try await again.add(example("b"), tenant: "ann") > first)
    }

    static let bad: [(field: String, DemonstrationContent)] = [
        ("service", example("r", service: "")), ("service", example("r", service: String(repeating: "s", count: 257))),
        ("model", example("r", model: "")), ("model", example("r", model: "a\0b")), ("request", example("")),
        ("quality", example("r", quality: 1.01)), ("quality", example("r", quality: -0.1)),
        ("quality", example("r", quality: .nan)), ("time", example("r", time: -1)),
        ("time", example("r", time: .infinity)),
        ("prompt", changed { $0.prompt = "" }), ("result", changed { $0.result = "" }),
        ("prompt", changed { $0.prompt = "a\0b" }),
        ("prompt", changed { $0.prompt = String(repeating: "é", count: (32 << 10) + 1) }),
        ("result", changed { $0.result = String(repeating: "x", count: (64 << 10) + 1) }),
        ("tokens", changed { $0.tokens = ["m": -1] }), ("tokens", changed { $0.tokens = ["": 1] }),
        ("embedding", example("r", vector: [])), ("embedding", example("r", vector: [0, 0])),
        ("embedding", example("r", vector: [1, .nan])), ("embedding", example("r", vector: [1, -.infinity])),
        ("embedding", example("r", vector: Array(repeating: 1, count: 8193))),
        ("embedder", changed { $0.embedding = Embedding(vector: [1], embedder: "") }),
    ]

    private static func changed(_ edit: (inout DemonstrationContent) -> Void) -> DemonstrationContent {
        var content = example("r")
        edit(&content)
        return content
    }

    @Test func whatCannotBeStoredIsSaid() async throws {
        let store = try await opened(folder)
        for (field, content) in Self.bad {
            for isLearned in [false, true] {
                let error = await problem {
                    if isLearned {
                        try store.learn(content, tenant: "ann")
                    } else {
                        try await store.add(content, tenant: "ann")
                    }
                }
                guard case .invalid(let problem) = error else {
                    Issue.record("\(field): \(String(describing: error))")
                    continue
                }
                #expect(problem.field == field)
                #expect(!problem.fix.isEmpty && problem.description.utf8.count < 400)
            }
        }
        try await store.flush()
        #expect(try await store.requests() == [])
        #expect(await problem { try await store.add(example("r"), tenant: "a\0b") } != nil)
    }

    @Test func theLargestTextsAreKept() async throws {
        let store = try await opened(folder)
        var content = example("r")
        content.prompt = String(repeating: "é", count: 32 << 10)
        content.result = String(repeating: "x", count: 64 << 10)
        let id = try await store.add(content, tenant: "ann")
        #expect(try await store.demonstration(id, tenant: "ann")?.content == content)
    }

    @Test func whatWasLearnedIsWrittenTogetherInOrder() async throws {
        let store = try await opened(folder)
        for number in 0..<10 { try store.learn(example("r\(number)"), tenant: "ann") }
        #expect(try await store.requests() == [])
        try await store.flush()
        #expect(try await store.requests() == (0..<10).reversed().map { "r\($0)" })
        // One that is known is passed over.
        try store.learn(example("r3", text: "other"), tenant: "ann")
        try store.learn(example("new"), tenant: "ann")
        try await store.flush()
        #expect(try await store.requests().count == 11)
        #expect(try await store.newest(1, of: .chat).map(\.request) == ["new"])
    }

    @Test func learnedOnesAreWrittenWhenThereAreEnough() async throws {
        var limits = StoreLimits.patient
        limits.flushEntries = 3
        let store = try await opened(folder, limits)
        for number in 0..<3 { try store.learn(example("r\(number)"), tenant: "ann") }
        #expect(await eventually { (try? await store.requests().count) == 3 })
    }

    @Test func learnedOnesAreWrittenAfterAWhile() async throws {
        var limits = StoreLimits.patient
        limits.flushInterval = .milliseconds(20)
        let store = try await opened(folder, limits)
        for number in 0..<3 {
            try store.learn(example("r\(number)"), tenant: "ann")
            #expect(await eventually { (try? await store.requests().count) == number + 1 })
        }
    }

    @Test func closingWritesWhatWasLearned() async throws {
        let store = try await opened(folder)
        try store.learn(example("r"), tenant: "ann")
        try await store.close()
        try await store.close()
        #expect(await problem { try store.learn(example("s"), tenant: "ann") } == .closed)
        #expect(await problem { try await store.flush() } == .closed)
        #expect(await problem { _ = try await store.requests() } == .closed)
        #expect(await problem { try await store.add(example("s"), tenant: "ann") } == .closed)
        let again = try await opened(folder)
        #expect(try await again.requests() == ["r"])
    }

    @Test func changesFindWhatWasLearnedAMomentAgo() async throws {
        let store = try await opened(folder)
        try store.learn(example("good"), tenant: "ann")
        #expect(try await store.rate(request: "good", tenant: "ann", quality: 0.9) == 1)
        try store.learn(example("gone"), tenant: "ann")
        #expect(try await store.removeAll(tenant: "ann") == 2)
        try await store.flush()
        #expect(try await store.requests() == [])
    }
}
