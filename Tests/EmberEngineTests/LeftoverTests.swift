import Foundation
import Testing

@testable import EmberEngine
@testable import EmberSystem

/// What engines leave behind: processes that have left their session, control groups, folders.
@Suite struct LeftoverTests {
    #if os(Linux)
        /// Ways out of an engine's session; each writes "left PID".
        private static let waysOut = [
            "setsid sh -c 'echo left $$; exec sleep 1000' & wait",
            "(setsid sh -c 'echo left $$; exec sleep 1000' &) ; sleep 1000",
            "setsid sh -c 'setsid sh -c \"echo left \\$\\$; exec sleep 1000\" & exit 0' & sleep 1000",
        ]

        @Test(arguments: waysOut)
        func whatHasLeftTheSessionEndsWithTheProgram(script: String) async throws {
            for isKilled in [false, true] {
                let child = try await shell(script)
                let left = try await announcedNumber("left") { child.recentOutput }
                if isKilled { await child.kill() } else { await child.stop() }
                #expect(!isAlive(left))
                #expect(await child.exit().signal == (isKilled ? SIGKILL : SIGTERM))
            }
        }

        @Test(arguments: waysOut)
        func itEndsWithAProgramThatCrashes(script: String) async throws {
            let child = try await shell(script)
            let left = try await announcedNumber("left") { child.recentOutput }
            kill(child.enginePid, SIGSEGV)
            #expect(await child.exit().signal == SIGSEGV)
            #expect(!isAlive(left))
        }

        @Test func whatHasLeftMayEndDecentlyToo() async throws {
            let child = try await shell(
                "setsid sh -c 'trap \"sleep 0.2; echo bye; exit 0\" TERM; echo left $$; while :; do sleep "
                    + "0.05; done' & wait"
            )
            let left = try await announcedNumber("left") { child.recentOutput }
            await child.stop()
            #expect(await child.exit().lastLines.last == "bye")
            #expect(!isAlive(left))
        }

        @Test func whatIsDeafIsKilledAfterTheGrace() async throws {
            let child = try await shell(
                "setsid sh -c 'trap \"\" TERM; echo left $$; while :; do sleep 0.05; done' & wait", grace: 0.3)
            let left = try await announcedNumber("left") { child.recentOutput }
            await child.stop()
            #expect(!isAlive(left))
        }

        @Test(arguments: ["setsid", ""])
        func aProgramMayGoIntoTheBackgroundBeforeItIsReady(by leave: String) async throws {
            let child = try await shell(
                "\(leave) sh -c 'echo left $$; while [ ! -e $0 ]; do sleep 0.05; done; exit 6' /no/such &")
            let left = try await announcedNumber("left") { child.recentOutput }
            #expect(await eventually { !isAlive(child.enginePid) })
            #expect(child.exitIfEnded == nil && isAlive(left))
            kill(left, SIGSEGV)
            #expect(await child.exit().signal == SIGSEGV)
        }

        @Test func aProgramThatEndsAfterItWasReadyHasEnded() async throws {
            let child = try await shell(
                "setsid sh -c 'echo left $$; exec sleep 1000' & while kill -0 $$ && [ ! -e $GO ]; do sleep "
                    + "0.05; done; exit 0",
                environment: ["GO": goFile])
            let left = try await announcedNumber("left") { child.recentOutput }
            child.noteReady()
            // The order may still be on its way to the guard.
            try await Task.sleep(for: .milliseconds(300))
            #expect(FileManager.default.createFile(atPath: goFile, contents: nil))
            #expect(await child.exit().code == 0)
            #expect(!isAlive(left))
            try FileManager.default.removeItem(atPath: goFile)
        }

        private let goFile = FileManager.default.temporaryDirectory.path + "/ember-go-\(UUID())"
    #endif

    @Test func theProgramIsPutIntoItsControlGroupWhichIsEnded() async throws {
        let folder = try RuntimeFolder.make()
        defer { folder.remove() }
        for file in ["cgroup.procs", "cgroup.kill"] {
            #expect(FileManager.default.createFile(atPath: folder.path + "/" + file, contents: nil))
        }
        let arguments = GuardProtocol.arguments(
            graceSeconds: 1, openFiles: 1024, group: ControlGroup(path: folder.path), program: "true", arguments: [])
        let child = try await SystemProcesses(time: .system, random: .system).start(
            .init(program: try GuardProgram.path(), arguments: arguments), logger: quietLogger)
        // Its lifeline has ended from the beginning: so it may be ended before it has begun, but not before it is in
        // its group.
        _ = await child.exit()
        #expect(try String(contentsOfFile: folder.path + "/cgroup.procs", encoding: .utf8) == "0")
        #expect(try String(contentsOfFile: folder.path + "/cgroup.kill", encoding: .utf8) == "1")
    }

    @Test func aGroupIsMadeWhereOnesOwnIsDelegated() throws {
        let own = try RuntimeFolder.make()
        defer { own.remove() }
        #expect(ControlGroup.make(below: own.path, .system) == nil, "a folder that is no group")
        for file in ["cgroup.procs", "cgroup.kill"] {
            #expect(FileManager.default.createFile(atPath: own.path + "/" + file, contents: nil))
        }
        let group = try #require(ControlGroup.make(below: own.path, .system))
        #expect(group.path.hasPrefix(own.path + "/ember-engine-\(getpid())-"))
        #expect(FileManager.default.createFile(atPath: group.path + "/cgroup.kill", contents: nil))
        group.killAll()
        #expect(try String(contentsOfFile: group.path + "/cgroup.kill", encoding: .utf8) == "1")
        try FileManager.default.removeItem(atPath: group.path + "/cgroup.kill")
        group.remove()
        #expect(!FileManager.default.fileExists(atPath: group.path))
    }

    @Test func groupsOfDeadEmbersAreRemovedAndOthersAreNot() throws {
        let own = try RuntimeFolder.make()
        defer { own.remove() }
        for file in ["cgroup.procs", "cgroup.kill"] {
            #expect(FileManager.default.createFile(atPath: own.path + "/" + file, contents: nil))
        }
        // No process has the largest id that there may be.
        let groups = ["ember-engine-\(Int32.max)-1", "ember-engine-\(getpid())-1", "ember-engine-x", "other"]
        for group in groups { #expect(mkdir(own.path + "/" + group, 0o755) == 0) }
        ControlGroup.removeDead(below: own.path)
        let left = try FileManager.default.contentsOfDirectory(atPath: own.path)
        #expect(Set(left) == Set(groups.dropFirst() + ["cgroup.procs", "cgroup.kill"]))
    }

    @Test(arguments: [
        (
            "0::/user.slice/a.service\n", "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n",
            "/sys/fs/cgroup/user.slice/a.service"
        ),
        ("0::/\n", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 none rw\n", "/sys/fs/cgroup"),
        (
            "12:memory:/a\n0::/box/b\n", "9 1 0:1 / / rw - ext4 /dev/x rw\n30 23 0:26 /box /cg rw - cgroup2 none rw\n",
            "/cg/b"
        ),
        ("0::/other\n", "30 23 0:26 /box /cg rw - cgroup2 none rw\n", nil),
        ("12:memory:/a\n", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 none rw\n", nil),
        ("0::/a\n", "30 23 0:26 / /sys/fs/cgroup rw - cgroup none rw\n", nil), ("", "", nil),
    ])
    func onesOwnGroupIsFound(groups: String, mounts: String, expected: String?) {
        #expect(ControlGroup.folder(groups: groups, mounts: mounts) == expected)
    }

    @Test func foldersAreRemovedOnceNobodyHasThem() throws {
        let root = try RuntimeFolder.make()
        defer { root.remove() }
        var dead: RuntimeFolder? = try #require(RuntimeFolder.make(under: root.path))
        let living = try #require(RuntimeFolder.make(under: root.path))
        let path = try #require(dead?.path)
        #expect(RuntimeFolder.removeDead(under: [root.path]) == 0)
        #expect(FileManager.default.createFile(atPath: path + "/e.sock", contents: nil))
        dead = nil
        for name in ["ember-abcdef", "ember-engine-abcdefg", "other"] {
            #expect(mkdir(root.path + "/" + name, 0o700) == 0)
        }
        #expect(symlink(living.path, root.path + "/ember-engine-abcdef") == 0)
        #expect(RuntimeFolder.removeDead(under: [root.path]) == 1)
        #expect(!FileManager.default.fileExists(atPath: path) && FileManager.default.fileExists(atPath: living.path))
        #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).count == 5)
    }
}
