import BenchmarkSupport
import Foundation

// Measures the archive of saved KV states at growing numbers of conversations: finding the one that a prompt goes on
// with, and reading all records at a start. Prints Markdown; `--quick` only shows that everything works. The states are
// made in a temporary folder of the working folder, so that they lie on the disk that is to be measured.

let isQuick = CommandLine.arguments.contains("--quick")
let sizes = isQuick ? [100, 1000] : [100, 1000, 10_000]
let folder = FileManager.default.currentDirectoryPath + "/.build/states-bench-\(getpid())"

func row(_ name: String, _ runs: [StatesRun], _ cell: (StatesRun) -> String) {
    print("| \(name) | " + runs.map(cell).joined(separator: " | ") + " |")
}

func microseconds(_ seconds: Double) -> String { fixed(seconds * 1e6, 1) }

var runs: [StatesRun] = []
defer { try? FileManager.default.removeItem(atPath: folder) }
for size in sizes {
    var run = StatesRun(size: size)
    try await run.run(in: "\(folder)/\(size)")
    runs.append(run)
    try FileManager.default.removeItem(atPath: "\(folder)/\(size)")
}

print("| conversations | " + runs.map { "\($0.size)" }.joined(separator: " | ") + " |")
print("|---|" + String(repeating: "---:|", count: runs.count))
row("find, median, us", runs) { microseconds($0.finding.median) }
row("find, 99th percentile, us", runs) { microseconds($0.finding.quantile(0.99)) }
row("find, median, to that of \(sizes[0])", runs) { fixed($0.finding.median / runs[0].finding.median, 2) + "x" }
row("start, ms", runs) { milliseconds($0.starting.median) }
row("reading the same records, nothing else, ms", runs) { milliseconds($0.reading.median) }
row("start to that", runs) { fixed($0.starting.median / $0.reading.median, 2) + "x" }
row("save, of 4 KiB, ms (median / 99th percentile)", runs) { $0.saving.text }
row("bytes of a record", runs) { "\($0.recordBytes)" }
row("peak memory of the process, MiB", runs) { fixed($0.peak, 0) }

let largest = runs[runs.count - 1]
let (slowest, start) = (largest.finding.quantile(0.99), largest.starting.median)
print(
    "\nBounds at \(largest.size): the 99th percentile of finding under 1 ms (\(slowest < 0.001 ? "met" : "missed")), a start under "
        + "2 s (\(start < 2 ? "met" : "missed")).")
