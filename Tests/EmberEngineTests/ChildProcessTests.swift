import Foundation
import Testing

@testable import EmberEngine
@testable import EmberSystem

@Suite struct ChildProcessTests {
    @Test func exitCodeAndLastLinesOfBothStreamsArePassedOn() async throws {
        let child = try await shell("echo out; echo err >&2; exit 7")
        let reason = await child.exit()
        #expect(reason.cause == .exited(code: 7))
        #expect(reason.lastLines == ["out", "err"])
        #expect(reason.description == "exited with code 7")
        #expect(child.exitIfEnded?.code == 7)
    }

    @Test func deathBySignalIsTold() async throws {
        let child = try await shell("kill -9 $$")
        #expect(await child.exit().cause == .signalled(SIGKILL))
    }

    @Test(arguments: ["/no/such/program", "/etc/passwd"])
    func whatCannotBeExecutedIsNamed(program: String) async throws {
        let child = try await SystemProcesses(time: .system, random: .system).start(
            .init(program: program), logger: quietLogger)
        guard case .cannotRun(let why) = await child.exit().cause else {
            Issue.record("not told that the program cannot run: \(await child.exit())")
            return
        }
        #expect(why.hasPrefix(program + ": "))
    }

    @Test func aMissingWorkingDirectoryIsAnErrorOfOneLine() async throws {
        let error = await #expect(throws: ChildProcessError.self) {
            try await shell("true", workingDirectory: "/no/such/folder")
        }
        #expect(try #require(error).description.contains("/no/such/folder"))
        #expect(try !#require(error).description.contains("\n"))
    }

    @Test func stopLetsTheProgramEndDecently() async throws {
        let child = try await shell("trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.05; done")
        #expect(await wrote("ready") { child.recentOutput })
        await child.stop()
        let reason = await child.exit()
        #expect(reason.code == 5)
        #expect(reason.lastLines.last == "bye")
        #expect(!isAlive(child.enginePid) && !isAlive(child.guardPid))
    }

    @Test func aProgramThatIgnoresTheRequestIsKilledAfterTheGrace() async throws {
        let child = try await shell("trap '' TERM; echo ready; while :; do sleep 0.05; done", grace: 0.3)
        #expect(await wrote("ready") { child.recentOutput })
        await child.stop()
        #expect(await child.exit().signal == SIGKILL)
    }

    @Test func killWaitsForNoGrace() async throws {
        let child = try await shell("trap '' TERM; echo ready; while :; do sleep 0.05; done", grace: 3600)
        #expect(await wrote("ready") { child.recentOutput })
        let stopping = Task { await child.stop() }
        await child.kill()
        await stopping.value
        #expect(await child.exit().signal == SIGKILL)
    }

    @Test func aStoppedProgramCanStillEndDecently() async throws {
        let child = try await shell("trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done")
        #expect(await wrote("ready") { child.recentOutput })
        kill(child.enginePid, SIGSTOP)
        await child.stop()
        #expect(await child.exit().code == 5)
    }

    @Test func whatTheProgramStartedEndsWithIt() async throws {
        let child = try await shell("sleep 1000 & echo grandchild $!; exit 4")
        let reason = await child.exit()
        let grandchild = try await announcedNumber("grandchild") { reason.lastLines }
        #expect(reason.code == 4)
        #expect(await eventually { !isAlive(grandchild) })
    }

    @Test func lettingGoOfTheLastReferenceStopsTheProgram() async throws {
        var child: ChildProcess? = try await shell("sleep 1000")
        let pids = try [#require(child?.enginePid), #require(child?.guardPid)]
        child = nil
        #expect(await eventually { !pids.contains(where: isAlive) })
    }

    @Test func aCancelledWaiterGetsNothingAndTheProgramRunsOn() async throws {
        let child = try await shell("sleep 1000")
        let waiter = Task { await child.exitUnlessCancelled() == nil }
        waiter.cancel()
        #expect(await waiter.value)
        #expect(isAlive(child.enginePid) && child.exitIfEnded == nil)
        await child.stop()
        #expect(await child.exitUnlessCancelled()?.signal == SIGTERM)
    }

    @Test func explicitVariablesArriveAndStandardInputIsEmpty() async throws {
        let child = try await shell("echo $STAND_IN_KEY; cat; echo end", environment: ["STAND_IN_KEY": "given"])
        #expect(await child.exit().lastLines == ["given", "end"])
    }

    #if os(Linux)
        @Test func noOtherDescriptorIsInherited() async throws {
            // ls itself opens descriptor 3 to list the folder.
            let child = try await shell("exec ls /proc/self/fd")
            #expect(await child.exit().lastLines == ["0", "1", "2", "3"])
        }
    #endif

    @Test func floodsOfOutputAreReadAndOnlyTheirEndIsKept() async throws {
        let child = try await shell("seq 1 200000; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last")
        let lines = await child.exit().lastLines
        #expect(lines.count == 50)
        #expect(lines.last == "last")
        #expect(lines.dropLast().last == String(repeating: "x", count: 500) + "…")
    }

    @Test(.timeLimit(.minutes(5))) func quickCyclesLeakNeitherDescriptorsNorProcesses() async throws {
        let cycles = 200
        let before = try openDescriptorCount()
        var pids: [Int32] = []
        for cycle in 0..<cycles {
            let child = try await shell("sleep 1000")
            pids += [child.guardPid, child.enginePid]
            if cycle.isMultiple(of: 2) { await child.stop() } else { await child.kill() }
        }
        #expect(!pids.contains(where: isAlive))
        // Tests that run beside this one open some descriptors too; a leak in each cycle would be far more.
        #expect(try await eventually { try openDescriptorCount() < before + cycles / 4 })
    }
}
