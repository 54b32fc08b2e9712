import Foundation
import Logging
import Subprocess
import Synchronization

/// One run of ember-guard, from its start to its end.
final class GuardRun: Sendable {
    enum Order: Sendable { case stop, kill, noteReady }

    struct Pids: Sendable {
        let guardProcess: Int32
        let engine: Int32
    }

    private typealias Guarded = Execution<CustomWriteInput, SequenceOutput, CombinedErrorOutput>

    let started = Promise<Result<Pids, ChildProcessError>>()
    let ended = Promise<ExitReason>()
    private let guardPath: String
    private let command: ChildCommand
    private let logger: Logger
    private let group: ControlGroup?
    private let tail = Mutex(OutputTail())
    private let orders: AsyncStream<Order>
    private let orderInput: AsyncStream<Order>.Continuation

    init(guardPath: String, command: ChildCommand, group: ControlGroup?, logger: Logger) {
        self.guardPath = guardPath
        self.command = command
        self.group = group
        self.logger = logger
        (orders, orderInput) = AsyncStream.makeStream()
    }

    /// The last lines, without the guard's announcement.
    var recentOutput: [String] {
        tail.withLock { $0.lines }.filter { GuardProtocol.enginePid(inLine: $0) == nil }
    }

    /// Returns at once; without effect once the run has ended.
    func order(_ order: Order) { orderInput.yield(order) }

    /// Runs the guard to its end; `started` and `ended` have its results.
    func perform() async {
        let outcome: Result<TerminationStatus, any Error>
        do {
            outcome = .success(try await runGuard())
        } catch {
            outcome = .failure(error)
        }
        orderInput.finish()
        defer { group?.remove() }
        switch started.valueIfKnown {
        case .success(let pids): end(outcome, engine: pids.engine)
        case .failure, nil: started.fulfil(.failure(.cannotStart(reason(of: outcome))))
        }
    }

    private func runGuard() async throws -> TerminationStatus {
        let environment = ChildEnvironment.compose(
            inherited: ProcessInfo.processInfo.environment, explicit: command.environment)
        let result = try await Subprocess.run(
            .path(.init(guardPath)),
            arguments: .init(
                GuardProtocol.arguments(
                    graceSeconds: command.stopGraceSeconds, openFiles: OpenFiles.inheritedLimit, group: group,
                    program: command.program, arguments: command.arguments)),
            environment: .custom(SystemProcesses.keyed(environment)),
            workingDirectory: command.workingDirectory.map { .init($0) },
            input: .inputWriter,
            output: .sequence,
            error: .combinedWithOutput
        ) { execution in
            async let obeying: Void = obeyOrders(execution)
            for try await buffer in execution.standardOutput {
                let lines = buffer.withUnsafeBytes { bytes in tail.withLock { $0.append(bytes) } }
                for line in lines { take(line, guardPid: execution.processIdentifier.value) }
            }
            orderInput.finish()
            await obeying
        }
        return result.terminationStatus
    }

    private func obeyOrders(_ execution: Guarded) async {
        for await order in orders {
            switch order {
            // An error means that the guard is gone already, which is what either order is for.
            case .stop: try? await execution.standardInputWriter.finish()
            case .kill: try? execution.send(signal: .userDefinedOne)
            case .noteReady: try? execution.send(signal: .userDefinedTwo)
            }
        }
    }

    private func take(_ line: String, guardPid: Int32) {
        if started.valueIfKnown == nil, let engine = GuardProtocol.enginePid(inLine: line) {
            started.fulfil(.success(Pids(guardProcess: guardPid, engine: engine)))
        } else {
            logger.debug("\(line)")
            command.whenWritten?(line)
        }
    }

    private func end(_ outcome: Result<TerminationStatus, any Error>, engine: Int32) {
        let lines = recentOutput
        switch outcome {
        case .success(.exited(let code)):
            ended.fulfil(
                ExitReason(cause: GuardProtocol.cause(guardExitCode: code, lastLines: lines), lastLines: lines))
        case .success(.signaled), .failure:
            // Linux has killed the engine with its guard, but neither what the engine started nor, elsewhere, itself.
            kill(-engine, SIGKILL)
            group?.killAll()
            ended.fulfil(ExitReason(cause: .guardLost, lastLines: lines))
        }
    }

    private func reason(of outcome: Result<TerminationStatus, any Error>) -> String {
        switch outcome {
        case .success: recentOutput.last ?? "the guard ended without a word"
        case .failure(let error): String(describing: error).split(separator: "\n").joined(separator: " ")
        }
    }
}
