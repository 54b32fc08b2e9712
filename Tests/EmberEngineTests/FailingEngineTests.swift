import Foundation
import Testing

@testable import EmberEngine

/// Engines that do not start: each failure has its reason, and leaves no process.
@Suite struct FailingEngineTests {
    @Test(arguments: [false, true])
    func anEngineThatEndsAtOnceIsReportedWithCodeAndLastLines(onPort: Bool) async throws {
        let error = try await failure(of: StandInServer.engine("exit", onPort: onPort))
        guard case .endedWhileStarting(let reason) = error.problem else { throw error }
        #expect(reason.code == 3)
        #expect(error.lastLines.suffix(2) == ["stand-in exit", "cannot load the model"])
        #expect(error.description == "engine of model \"stand-in\": exited with code 3, before it was ready")
        #expect(error.mayBePortConflict == onPort)
    }

    @Test func anEngineThatIsNeverReadyIsReportedWithItsLastAnswer() async throws {
        // On a busy machine the stand-in may not even listen within the first of these times.
        for timeout in [1.5, 10, patienceSeconds] {
            let error = try await failure(of: StandInServer.engine("never-healthy", startTimeout: timeout))
            guard case .notReadyInTime(let seconds, let answer) = error.problem else { throw error }
            #expect(seconds == timeout)
            if answer == "nothing listens at its address", timeout < patienceSeconds { continue }
            #expect(answer == "HTTP 503 Service Unavailable")
            #expect(error.lastLines.map { $0.prefix(4) } == ["pid ", "at /", "stan"])
            return
        }
    }

    @Test func anEngineThatNeverListensIsReported() async throws {
        // On a busy machine a probe may be cut off before it is even refused.
        for timeout in [0.5, 5, patienceSeconds] {
            let error = try await failure(of: StandInServer.engine("silent", startTimeout: timeout))
            guard case .notReadyInTime(_, let answer) = error.problem else { throw error }
            if answer.hasPrefix("none within"), timeout < patienceSeconds { continue }
            #expect(answer == "nothing listens at its address")
            #expect(!error.description.contains("\n"))
            return
        }
    }

    @Test(arguments: [false, true])
    func anEngineThatSpeaksNoHTTPIsReportedAtOnce(onPort: Bool) async throws {
        let error = try await failure(of: StandInServer.engine("nonsense", onPort: onPort))
        guard case .notHTTP = error.problem else { throw error }
        #expect(error.mayBePortConflict == onPort)
    }

    @Test func aProgramThatDoesNotExistIsNamed() async throws {
        let spec = EngineSpec(name: "stand-in", launch: .command(["no-such-program", "${socket}"]))
        let error = try await failure(of: StandInServer.engine(spec))
        guard case .endedWhileStarting(let reason) = error.problem, case .cannotRun = reason.cause else { throw error }
        #expect(error.description.contains("cannot run no-such-program: "))
    }

    @Test(arguments: [[], ["", "${socket}"], ["python3", "worker.py"]])
    func aCommandThatCannotWorkIsRefused(command: [String]) async throws {
        let error = try await failure(of: StandInServer.engine(EngineSpec(name: "m", launch: .command(command))))
        guard case .badSpecification(let why) = error.problem else { throw error }
        #expect(why.contains("command"))
    }

    @Test func aCancelledStartLeavesNothing() async throws {
        let marker = FileManager.default.temporaryDirectory.appendingPathComponent("started-\(UUID())")
        defer { try? FileManager.default.removeItem(at: marker) }
        let script = "echo $$ > \(marker.path); : ${socket}; sleep 1000"
        let spec = EngineSpec(name: "m", launch: .command(["/bin/sh", "-c", script]))
        let start = Task { try await StandInServer.engine(spec).start() }
        var pid: Int32?
        #expect(
            await eventually {
                let text = try? String(contentsOf: marker, encoding: .utf8)
                pid = text.flatMap { Int32($0.trimmingCharacters(in: .newlines)) }
                return pid != nil
            })
        start.cancel()
        let error = await #expect(throws: EngineError.self) { try await start.value }
        guard case .cancelled = try #require(error).problem else { throw try #require(error) }
        #expect(!isAlive(try #require(pid)))
    }

    /// The error of a start; expects that it leaves neither the engine's process nor its folder.
    private func failure(of process: EngineProcess) async throws -> EngineError {
        let error = try #require(await #expect(throws: EngineError.self) { try await process.start() })
        if let pid = error.lastLines.first(where: { $0.hasPrefix("pid ") }).flatMap({ Int32($0.dropFirst(4)) }) {
            #expect(!isAlive(pid))
        }
        if let socket = error.lastLines.first(where: { $0.hasPrefix("at /") })?.dropFirst(3) {
            let folder = URL(fileURLWithPath: String(socket)).deletingLastPathComponent().path
            #expect(!FileManager.default.fileExists(atPath: folder))
        }
        return error
    }
}
