import EmberCore
import EmberSystem
import Foundation
import Synchronization

/// How the page's What if is computed: this program's own `ember plan`, and the logs that it reads.
public struct PlanProgram: Sendable {
    let path: String
    let logs: String
    let environment: [String: String]

    /// - Parameters:
    ///   - path: of the program.
    ///   - logs: the folder of the server's own logs of events.
    ///   - environment: of Ember; the program gets it without secrets.
    public init(path: String, logs: String, environment: [String: String]) {
        (self.path, self.logs) = (path, logs)
        self.environment = ChildEnvironment.compose(inherited: environment, explicit: [:])
    }
}

/// Has plans made in another process, one at a time, at the lowest priority; a request that waits ends it.
final class PlanRunner: Sendable {
    /// What is tried.
    struct Wish: Sendable {
        var hours = 1.0
        /// Names that the catalogue has.
        var policies: [String] = []
        /// Of the present memory, in percent.
        var memories: [Double] = [50, 75, 100, 150, 200]
        /// Money, in all.
        var limits: [Double] = []

        func arguments(_ logs: String) -> [String] {
            ["plan", "--json", "--background", "--jobs", "1", "--log", logs, "--last", "\(hours)"]
                + ["--policies", policies.joined(separator: ",")]
                + ["--memories", memories.map { "\($0)" }.joined(separator: ",")]
                + limits.flatMap { ["--cloud-limit", "\($0)"] }
        }
    }

    enum Problem: Error, Equatable {
        case busy
        /// Ended for a request that waits, or as Ember ends.
        case ended
        case tookTooLong
        case failed(String)
    }

    static let limit = Duration.seconds(300)
    private static let look = Duration.milliseconds(200)
    private static let outputLimit = 8 << 20

    private let program: PlanProgram
    private let coordinator: Coordinator
    private let isRunning = Mutex(false)

    init(_ program: PlanProgram, _ coordinator: Coordinator) {
        (self.program, self.coordinator) = (program, coordinator)
    }

    /// The plan as JSON. Cancelling the task ends its process.
    func plan(_ wish: Wish) async throws(Problem) -> String {
        let begins = isRunning.withLock { isRunning in
            defer { isRunning = true }
            return !isRunning
        }
        guard begins else { throw .busy }
        defer { isRunning.withLock { $0 = false } }
        let time = coordinator.time
        let run = ProgramRun(
            program: program.path, arguments: wish.arguments(program.logs), environment: program.environment,
            stopGraceSeconds: 0, outputLimit: Self.outputLimit)
        let work = time.later { try await self.coordinator.surroundings.processes.run(run) }
        let watch = time.later { await self.reasonToEnd() }
        let ending = time.later {
            let reason = await watch.value
            if reason != nil { work.cancel() }
            return reason
        }
        let result = await withTaskCancellationHandler {
            await work.result
        } onCancel: {
            work.cancel()
        }
        watch.cancel()
        if let reason = await ending.value { throw reason }
        guard case .success(let output) = result else { throw .failed("it could not be run to its end") }
        guard output.succeeded else { throw .failed(Self.lastLine(output.errors)) }
        return output.text
    }

    /// nil: it has ended by itself.
    private func reasonToEnd() async -> Problem? {
        let began = coordinator.time.now
        while !Task.isCancelled {
            if coordinator.drain.hasBegun { return .ended }
            if await coordinator.within({ $0.edge.waiting }) > 0 { return .ended }
            if began.duration(to: coordinator.time.now) > Self.limit { return .tookTooLong }
            try? await coordinator.time.sleep(for: Self.look)
        }
        return nil
    }

    private static func lastLine(_ text: String) -> String {
        let line = text.split(separator: "\n").last ?? "it gave no reason"
        return line.hasPrefix("Error: ") ? String(line.dropFirst(7)) : String(line)
    }
}
