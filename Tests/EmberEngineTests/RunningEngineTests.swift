import Foundation
import Testing

@testable import EmberEngine

/// Engines that start, serve and end.
@Suite struct RunningEngineTests {
    @Test(arguments: [false, true])
    func anEngineServesUntilItIsStopped(onPort: Bool) async throws {
        let engine = try await StandInServer.engine("ok", onPort: onPort).start()
        #expect(await HealthProbe(address: engine.address, path: "/v1/models").ask(timeoutSeconds: 5) == .healthy)
        #expect(engine.loadSeconds > 0 && engine.loadSeconds < patienceSeconds)
        #expect(isAlive(engine.guardPid) && isAlive(engine.enginePid))
        #expect(engine.recentOutput.contains("stand-in ok"))
        await engine.stop()
        #expect(await engine.exited().kind == .stopped)
        #expect(!isAlive(engine.guardPid) && !isAlive(engine.enginePid))
    }

    @Test func itsFolderIsPrivateAndRemovedAtTheEnd() async throws {
        let engine = try await StandInServer.engine("ok").start()
        let folder = try runtimeFolder(of: engine)
        #expect(try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int == 0o700)
        await engine.stop()
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test func aCrashIsReportedWithTheLastLines() async throws {
        let engine = try await StandInServer.engine("ok").start()
        _ = await HealthProbe(address: engine.address, path: "/crash").ask(timeoutSeconds: 5)
        let exit = await engine.exited()
        #expect(exit.kind == .died)
        #expect(exit.reason.code == 9)
        #expect(exit.reason.lastLines.last == "about to crash")
        #expect(exit.description == "died: exited with code 9")
    }

    @Test func aHungEngineIsKilled() async throws {
        let watchdog = Watchdog(intervalSeconds: 0.1, timeoutSeconds: 0.2, failuresInARow: 3)
        let engine = try await StandInServer.engine("ok", grace: 3600, watchdog: watchdog).start()
        _ = await HealthProbe(address: engine.address, path: "/hang").ask(timeoutSeconds: 0.1)
        let exit = await engine.exited()
        #expect(exit.kind == .hung)
        #expect(exit.reason.signal == SIGKILL)
        #expect(!isAlive(engine.enginePid))
    }

    @Test func anEngineThatIsStoppingDoesNotCountAsHung() async throws {
        let watchdog = Watchdog(intervalSeconds: 1, timeoutSeconds: 0.5, failuresInARow: 1)
        let engine = try await StandInServer.engine("ignore-term", grace: 3, watchdog: watchdog).start()
        async let stopping: Void = engine.stop()
        _ = await HealthProbe(address: engine.address, path: "/hang").ask(timeoutSeconds: 0.1)
        await stopping
        #expect(await engine.exited().kind == .stopped)
    }

    @Test func anEngineThatIgnoresTheRequestIsKilled() async throws {
        let engine = try await StandInServer.engine("ignore-term", grace: 0.2).start()
        await engine.stop()
        #expect(await engine.exited().reason.signal == SIGKILL)
        #expect(await engine.exited().kind == .stopped)
    }

    @Test func whatTheEngineStartedEndsWithIt() async throws {
        let engine = try await StandInServer.engine("grandchild").start()
        let grandchild = try await announcedNumber("grandchild") { engine.recentOutput }
        #expect(isAlive(grandchild))
        await engine.stop()
        #expect(await eventually { !isAlive(grandchild) })
    }

    @Test func lettingGoOfAnEngineStopsIt() async throws {
        var engine: RunningEngine? = try await StandInServer.engine("ok").start()
        let pid = try #require(engine?.enginePid)
        let folder = try runtimeFolder(of: #require(engine))
        engine = nil
        #expect(await eventually { !isAlive(pid) && !FileManager.default.fileExists(atPath: folder) })
    }

    @Test func placeholdersInTheEnvironmentAreFilledIn() async throws {
        let engine = try await StandInServer.engine(
            "environment", environment: ["STAND_IN_MODELS": "${models_dir}/a", "STAND_IN_CACHE": "${cache_dir}"]
        ).start()
        #expect(engine.recentOutput.contains("STAND_IN_MODELS /models/a"))
        #expect(engine.recentOutput.contains("STAND_IN_CACHE /cache"))
        await engine.stop()
    }

    private func runtimeFolder(of engine: RunningEngine) throws -> String {
        guard case .unixSocket(let path) = engine.address else { throw CancellationError() }
        return URL(fileURLWithPath: path).deletingLastPathComponent().path
    }
}
