import Foundation
import Testing

@testable import EmberEngine

@Suite struct MemoryProbeTests {
    @Test func ownProcessIsMeasured() {
        let memory = ProcessMemory.ofTree(root: getpid())
        #expect(memory.pids.contains(getpid()))
        #expect(memory.bytes > 1 << 20)
    }

    @Test func childrenAreCountedAndGoneProcessesAreNot() throws {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        // The shell waits, so that there is a grandchild of this process.
        shell.arguments = ["-c", "sleep 30; true"]
        let input = Pipe()
        shell.standardInput = input
        try shell.run()
        let root = shell.processIdentifier
        var memory = ProcessMemory.ofTree(root: root)
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(10)
        while memory.pids.count < 2, clock.now < deadline { memory = ProcessMemory.ofTree(root: root) }
        #expect(memory.pids.count == 2)
        #expect(memory.bytes > 0)
        for pid in memory.pids { kill(pid, SIGKILL) }
        shell.waitUntilExit()
        let gone = ProcessMemory.ofTree(root: root)
        #expect(gone.pids.isEmpty)
        #expect(gone.bytes == 0)
    }

    @Test func treeWalkEndsOnACycle() {
        let children: [Int32: [Int32]] = [1: [2, 3], 2: [4], 4: [1]]
        #expect(ProcessMemory.tree(root: 1) { children[$0] ?? [] } == [1, 2, 3, 4])
    }

    @Test func systemMemoryIsPlausible() throws {
        let memory = try #require(SystemMemory.current())
        #expect(memory.totalBytes > 1 << 28)
        #expect(memory.availableBytes > 0)
        #expect(memory.availableBytes <= memory.totalBytes)
    }

    #if os(Linux)
        /// A peak counts in the measurement after it, and not in all later ones.
        @Test func aPeakThatHasPassedCountsOnce() throws {
            let bytes = 256 << 20
            let block = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            let start = try #require(block != MAP_FAILED ? block : nil)
            // All of it is touched.
            memset(start, 1, bytes)
            munmap(start, bytes)
            _ = ProcessMemory.ofTree(root: getpid())
            // Others of these tests may take some memory meanwhile.
            let later = ProcessMemory.ofTree(root: getpid())
            #expect(later.top - later.bytes < bytes / 2)
        }

        @Test func parentIsFoundBehindAnyProcessName() {
            #expect(ProcessMemory.parentPID(stat: "12 (a) b (c)) S 7 12 12 0") == 7)
            #expect(ProcessMemory.parentPID(stat: "broken") == nil)
        }

        /// What is swapped out counts; anonymous, file-backed and dirty parts are in Pss already.
        @Test(arguments: [
            ("x\nRss:  9 kB\nPss:    5 kB\nPss_Anon: 1 kB\n", 5),
            ("Rss: 900 kB\nPss: 800 kB\nPss_File: 700 kB\nSwap: 90 kB\nSwapPss:\t60 kB\nLocked: 0 kB\n", 860),
            ("SwapPss: 60 kB\nPss_Dirty: 3 kB\nPss: 0 kB\n", 60), ("Rss: 9 kB\nSwapPss: 60 kB\n", nil),
            ("Pss: kB\n", nil), ("", nil),
        ]) func swappedMemoryCounts(rollup: String, kibibytes: Int?) {
            #expect(ProcessMemory.proportional(rollup: rollup) == kibibytes)
        }

        /// The highest resident set counts above what is resident now, but not what has been swapped out since.
        @Test func whatWasTakenMeanwhileCounts() {
            func part(_ status: String, _ proportional: Int? = 90) -> [Int]? {
                ProcessMemory.part(proportional: proportional, status: status).map { [$0.bytes / 1024, $0.top / 1024] }
            }
            #expect(part("VmHWM:\t 100 kB\nVmRSS:\t 100 kB\n") == [90, 90])
            #expect(part("VmHWM:\t 400 kB\nVmRSS:\t 100 kB\n") == [90, 390])
            #expect(part("VmHWM: 400 kB\nVmRSS: 100 kB\nVmSwap: 250 kB\n") == [90, 140])
            #expect(part("VmHWM: 400 kB\nVmRSS: 100 kB\nVmSwap: 250 kB\n", nil) == [350, 400])
            #expect(part("VmRSS: 100 kB\n") == [90, 90])
            #expect(part("Name: gone\n") == nil)
        }

        private let folder = try? TestFolder()

        /// A made-up /proc and control-group tree: 8 GB of RAM, 6 of them available.
        private func system(_ table: String, _ files: [String: String]) throws -> SystemMemory? {
            let root = try #require(folder).path + "/" + UUID().uuidString
            var all = files.mapKeys { "cgroup/" + $0 }
            all["proc/meminfo"] = "MemTotal: 8000000 kB\nMemFree: 1 kB\nMemAvailable: 6000000 kB\n"
            all["proc/self/cgroup"] = table
            for (name, text) in all {
                let file = "\(root)/\(name)"
                try FileManager.default.createDirectory(
                    atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                try text.write(toFile: file, atomically: false, encoding: .utf8)
            }
            return SystemMemory.read(procRoot: root + "/proc", cgroupRoot: root + "/cgroup")
        }

        @Test func withoutLimitsTheMachineCounts() throws {
            let memory = try system("0::/\n", [:])
            #expect(memory == SystemMemory(totalBytes: 8_192_000_000, availableBytes: 6_144_000_000))
            let unlimited = try system("0::/a\n", ["a/memory.max": "max\n", "a/memory.current": "99\n"])
            #expect(unlimited == memory)
        }

        @Test func lowestLimitOfTheGroupsAboveWins() throws {
            let memory = try system(
                "0::/unit/inner\n",
                [
                    "unit/inner/memory.max": "max\n",
                    "unit/memory.max": "2000000000\n", "unit/memory.current": "1500000000\n",
                    "unit/memory.stat": "anon 5\ninactive_file 300000000\nactive_file 7\n",
                ])
            #expect(memory == SystemMemory(totalBytes: 2_000_000_000, availableBytes: 800_000_000))
        }

        @Test func version1LimitIsHonouredAlsoInsideAContainer() throws {
            // A container sees its own group at the mount point, whatever path the table names.
            let memory = try system(
                "4:memory:/docker/abc\n0::/\n",
                [
                    "memory/memory.limit_in_bytes": "1000000000\n", "memory/memory.usage_in_bytes": "400000000\n",
                    "memory/memory.stat": "total_inactive_file 100000000\n",
                ])
            #expect(memory == SystemMemory(totalBytes: 1_000_000_000, availableBytes: 700_000_000))
        }
    #endif
}

extension Dictionary {
    fileprivate func mapKeys<Other: Hashable>(_ transform: (Key) -> Other) -> [Other: Value] {
        reduce(into: [:]) { $0[transform($1.key)] = $1.value }
    }
}
