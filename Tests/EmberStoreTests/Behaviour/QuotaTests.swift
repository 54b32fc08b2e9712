import EmberCore
import EmberStore
import Foundation
import Testing

@Suite struct QuotaTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func limits(entries: Int) -> StoreLimits {
        var limits = StoreLimits.patient
        limits.entriesPerService = entries
        return limits
    }

    @Test func theLeastValuableGoFirst() async throws {
        let store = try await opened(folder, limits(entries: 6))
        try await store.add([
            example("good", quality: 0.9, time: 1), example("unjudged", time: 5), example("bad", quality: 0.1, time: 9),
            example("older", time: 2), example("half", quality: 0.5, time: 3),
            example("given", origin: .given, quality: 0),
        ])
        var left: [Set<String>] = []
        for number in 0..<5 {
            try await store.add(example("new\(number)", quality: 1), tenant: "ann")
            left.append(Set(try await store.requests().filter { !$0.hasPrefix("new") }))
        }
        #expect(left[0] == ["good", "unjudged", "older", "half", "given"])
        // Of equal worth those that came first, also before what an earlier time is written to.
        #expect(left[1] == ["good", "older", "half", "given"])
        #expect(left[2] == ["good", "half", "given"])
        #expect(left[3] == ["good", "given"])
        #expect(left[4] == ["given"])
    }

    @Test func newcomersDoNotPushOutEachOtherOrWhatUsersGave() async throws {
        let store = try await opened(folder, limits(entries: 2))
        try await store.add([example("g1", origin: .given), example("poor", quality: 0)])
        // Worth less than what it displaces, and yet it stays: it has no judgement.
        try await store.add(example("new"), tenant: "ann")
        #expect(try await store.requests() == ["new", "g1"])
        try await store.add(example("g2", origin: .given), tenant: "ann")
        #expect(try await store.requests() == ["g2", "g1"])
        #expect(await problem { try await store.add(example("late"), tenant: "ann") } == .noRoom(demonstrations: 1))
        try store.learn(example("learned"), tenant: "ann")
        try await store.flush()
        #expect(try await store.requests() == ["g2", "g1"])
        // Given ones displace the oldest given ones.
        try await store.add(example("g3", origin: .given, time: 2000), tenant: "ann")
        #expect(try await store.requests() == ["g3", "g2"])
    }

    @Test func servicesAndTenantsHaveQuotasOfTheirOwn() async throws {
        let store = try await opened(folder, limits(entries: 2))
        for tenant in ["ann", "ben"] {
            for service in ["chat", "vision"] {
                try await store.add((0..<3).map { example("r\($0)", service: service) }, tenant: tenant)
                #expect(try await store.requests(.init(tenant: tenant, service: service)) == ["r2", "r1"])
            }
        }
    }

    @Test func bytesAreBoundedToo() async throws {
        var limits = StoreLimits.patient
        limits.bytesPerService = Bytes(20_000)
        let store = try await opened(folder, limits)
        try await store.add((0..<30).map { example("r\($0)", text: String(repeating: "x", count: 3000)) })
        let usage = try await store.usage(of: .chat)
        #expect(usage.bytes <= limits.bytesPerService && usage.entries >= 5)
        #expect(try await store.requests().first == "r29")
        let large = example("large", text: String(repeating: "x", count: 21_000))
        #expect(await problem { try await store.add(large, tenant: "ann") } == .noRoom(demonstrations: 1))
        #expect(try await store.usage(of: .chat) == usage)
    }

    @Test func aLaterVectorCountsTowardsTheQuota() async throws {
        var limits = StoreLimits.patient
        limits.bytesPerService = Bytes(5000)
        let store = try await opened(folder, limits)
        try await store.add((0..<5).map { example("r\($0)", time: Double($0)) })
        let newest = try await store.newest(1, of: .chat)[0].id
        let vector = Embedding(vector: Array(repeating: 1, count: 1000), embedder: "minilm")
        #expect(try await store.setEmbedding(vector, of: newest, tenant: "ann"))
        #expect(try await store.usage(of: .chat).bytes <= limits.bytesPerService)
        #expect(try await store.requests().first == "r4")
        #expect(try await store.requests().count < 5)
    }

    @Test func aLowerQuotaHoldsFromTheNextAdd() async throws {
        let store = try await opened(folder, limits(entries: 20))
        try await store.add((0..<20).map { example("r\($0)", time: Double($0)) })
        try await store.close()
        let again = try await opened(folder, limits(entries: 5))
        try await again.add(example("new"), tenant: "ann")
        #expect(try await again.requests() == ["new", "r19", "r18", "r17", "r16"])
    }

    @Test func theFileStaysUnderTheQuotaOfTheDisk() async throws {
        var limits = StoreLimits.patient
        limits.diskBytes = StoreLimits.smallDisk
        let store = try await opened(folder, limits)
        let text = String(repeating: "x", count: 5000)
        try await store.add(example("given", service: "keep", origin: .given, text: text), tenant: "zoe")
        try await store.add(example("good", service: "keep", quality: 1, text: text), tenant: "zoe")
        for batch in 0..<20 {
            for number in 0..<25 {
                let tenant = number % 2 == 0 ? "ann" : "ben"
                let time = Double(batch * 25 + number)
                try store.learn(example("r\(batch)-\(number)", quality: 0.5, time: time, text: text), tenant: tenant)
            }
            try await store.flush()
            #expect(try await store.fileBytes().count <= limits.diskBytes.count + 25 * 8192)
        }
        // What is left is the newest, of any tenant; what is worth more and what was given stays.
        let left = try await store.requests() + store.requests(.init(tenant: "ben", service: "chat"))
        #expect(left.count > 50 && left.count < 250)
        #expect(left.allSatisfy { $0 > "r" } && left.contains("r19-24") && !left.contains("r0-0"))
        #expect(try await store.requests(.init(tenant: "zoe", service: "keep")) == ["good", "given"])
    }

    @Test(arguments: ["entries", "disk", "prompt", "interval"]) func aBadLimitIsSaid(which: String) async throws {
        var limits = StoreLimits()
        switch which {
        case "entries": limits.entriesPerService = 0
        case "disk": limits.diskBytes = Bytes(1000)
        case "prompt": limits.promptBytes = Bytes(-1)
        default: limits.flushInterval = .seconds(-1)
        }
        guard case .invalid(let problem) = await problem({ _ = try await opened(folder, limits) }) else {
            Issue.record("not invalid")
            return
        }
        #expect(problem.field.lowercased().contains(which))
    }
}

extension StoreLimits {
    fileprivate static let smallDisk = Bytes.mebibytes(1)
}
