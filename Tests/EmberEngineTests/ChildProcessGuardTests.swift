import Foundation
import Testing

@testable import EmberEngine
@testable import EmberSystem

/// What happens to an engine when Ember or the guard is killed.
@Suite struct ChildProcessGuardTests {
    /// Plays Ember: starts a guard with its lifeline, in a session of its own so that nothing else can end it.
    private static let standInForEmber = """
        import subprocess, sys, time
        guard = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, start_new_session=True)
        print("guard", guard.pid, flush=True)
        time.sleep(1000)
        """

    /// An engine with a grandchild in its process group; neither ends on SIGTERM.
    private static let stubbornEngine = """
        trap '' TERM
        sh -c "trap '' TERM; while :; do sleep 0.05; done" &
        echo "grandchild $!"
        echo "engine $$"
        while :; do sleep 0.05; done
        """

    @Test func theEngineAndWhatItStartedDieWithAKilledEmber() async throws {
        let ember = try await SystemProcesses(time: .system, random: .system).start(
            .init(
                program: "python3",
                arguments: [
                    "-c", Self.standInForEmber, try GuardProgram.path(), "300", "--", "/bin/sh", "-c",
                    Self.stubbornEngine,
                ]),
            logger: quietLogger)
        var pids: [Int32] = []
        for label in ["guard", "engine", "grandchild"] {
            pids.append(try await announcedNumber(label) { ember.recentOutput })
        }
        #expect(pids.allSatisfy(isAlive))
        kill(ember.enginePid, SIGKILL)
        #expect(await ember.exit().signal == SIGKILL)
        #expect(await eventually { !pids.contains(where: isAlive) })
    }

    @Test func theEngineAndWhatItStartedDieWithAKilledGuard() async throws {
        let child = try await shell(Self.stubbornEngine, grace: 3600)
        let grandchild = try await announcedNumber("grandchild") { child.recentOutput }
        kill(child.guardPid, SIGKILL)
        #expect(await child.exit().cause == .guardLost)
        #expect(await eventually { !isAlive(child.enginePid) && !isAlive(grandchild) })
    }

    #if os(Linux)
        @Test func theEngineDiesWhenGuardAndEmberAreKilledAtOnce() async throws {
            let ember = try await SystemProcesses(time: .system, random: .system).start(
                .init(
                    program: "python3",
                    arguments: [
                        "-c", Self.standInForEmber, try GuardProgram.path(), "3600000", "--", "/bin/sh", "-c",
                        Self.stubbornEngine,
                    ]),
                logger: quietLogger)
            let guardPid = try await announcedNumber("guard") { ember.recentOutput }
            let engine = try await announcedNumber("engine") { ember.recentOutput }
            let grandchild = try await announcedNumber("grandchild") { ember.recentOutput }
            kill(ember.enginePid, SIGKILL)
            kill(guardPid, SIGKILL)
            #expect(await eventually { !isAlive(engine) })
            kill(grandchild, SIGKILL)
            _ = await ember.exit()
        }
    #endif

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGPIPE])
    func theTerminalsSignalsDoNotEndTheGuard(signal: Int32) async throws {
        let child = try await shell("echo ready; sleep 1000")
        #expect(await wrote("ready") { child.recentOutput })
        kill(child.guardPid, signal)
        await child.stop()
        // The guard would be lost, or hang, had it obeyed.
        #expect(await child.exit().signal == SIGTERM)
    }

    @Test(arguments: [
        [], ["5"], ["5", "true"], ["5", "--"], ["-1", "--", "true"], ["x", "--", "true"], ["", "--", "true"],
        ["5:", "--", "true"], ["5:x", "--", "true"], ["5:-1", "--", "true"],
    ])
    func wrongArgumentsAreRefused(arguments: [String]) async throws {
        let child = try await SystemProcesses(time: .system, random: .system).start(
            .init(program: try GuardProgram.path(), arguments: arguments), logger: quietLogger)
        let reason = await child.exit()
        #expect(reason.code == 125)
        #expect(reason.lastLines.count == 1 && reason.lastLines.allSatisfy { $0.hasPrefix("usage: ") })
    }
}
