import EmberContext
import EmberCore
import EmberStore
import EmberSystem
import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import EmberServer

/// In debug builds, work that blocks or takes long is found out where it runs on the thread of connections.
@Suite struct BlockingCheckTests {
    private static var loop: any EventLoop { MultiThreadedEventLoopGroup.singleton.any() }

    private func onConnection<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await Task(executorPreference: EventLoopExecutor(Self.loop), operation: work).value
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    @Test func knowsTheThreadsOfConnections() async throws {
        #expect(try await onConnection { BlockingCheck.isOnServingThread })
        #expect(!BlockingCheck.isOnServingThread)
        #expect(await !WorkQueue.system("test").run { BlockingCheck.isOnServingThread })
        #expect(try await onConnection { await !WorkQueue.system("test").run { BlockingCheck.isOnServingThread } })
    }

    @Test func findsWhatBlocksThere() async {
        await #expect(processExitsWith: .failure) {
            await Task(executorPreference: EventLoopExecutor(MultiThreadedEventLoopGroup.singleton.any())) {
                _ = Clustering([[1, 0], [0, 1]], count: 2)
            }.value
        }
        await #expect(processExitsWith: .failure) {
            await Task(executorPreference: EventLoopExecutor(MultiThreadedEventLoopGroup.singleton.any())) {
                _ = FileSum.read("/dev/null", files: .system)
            }.value
        }
    }

    @Test(arguments: [SelectionMode.clustered, .diverse, .fixed]) func choicesAreMadeElsewhere(
        _ mode: SelectionMode
    ) async throws {
        try await withFolder { folder in
            let store = try await ContextStore.open(folder: folder, surroundings: .system) { _ in }
            for number in 0..<32 {
                _ = try await store.add(
                    DemonstrationContent(
                        service: "s", model: nil, prompt: "p\(number)", result: "r", origin: .given, time: 0,
                        request: "\(number)", embedding: Embedding(vector: [1, Float(number)], embedder: "e")),
                    tenant: "ann")
            }
            let selector = Selector(store: store, .system)
            let request = SelectionRequest(
                scope: DemonstrationScope(tenant: "ann", service: "s"), mode: mode, count: 4,
                vector: Embedding(vector: [1, 3], embedder: "e"))
            let selection = try await onConnection { try await selector.select(request) }
            #expect(selection.demonstrations.count == 4)
            try await store.close()
        }
    }

    @Test func savedStatesAreFiledElsewhere() async throws {
        try await withFolder { folder in
            let archive = try StateArchive(folder: folder, quota: 1000, logger: quietLogger, surroundings: .system)
            let owner = SlotOwner(tenant: "ann", service: "s", prefix: "p")
            let prompt = SlotHolding(owner: owner, prefix: "01")
            let saving = try #require(archive.beginSaving(prompt, fitting: "aa"))
            try Data(repeating: 7, count: 100).write(to: URL(fileURLWithPath: folder + "/" + saving.part))
            let isWhole = try await onConnection {
                let saved = try await archive.finishSaving(saving, tokens: 50)
                guard saved != nil, let entry = archive.entry(of: owner, fitting: "aa") else { return false }
                defer { archive.drop(entry) }
                return await archive.isWhole(entry)
            }
            #expect(isWhole && archive.size.count == 0)
            try await onConnection {
                archive.giveUpSaving(saving)
                archive.dropAll(exceptFitting: [])
                try await archive.forget(ForgottenStates(tenant: "ann"))
                await archive.close()
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }
}
