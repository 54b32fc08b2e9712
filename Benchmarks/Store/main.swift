import BenchmarkSupport
import Foundation

// Measures the context store at growing sizes: adding, and choosing demonstrations of a service at its quota. Prints
// Markdown; `--quick` only shows that everything works. The store is made in a temporary folder of the working folder,
// so that it lies on the disk that is to be measured.

let isQuick = CommandLine.arguments.contains("--quick")
let sizes = isQuick ? [100, 1000] : [1000, 10_000, 100_000, 1_000_000]
let folder = FileManager.default.currentDirectoryPath + "/.build/store-bench-\(getpid())"

func table(_ runs: [StoreRun], _ rows: [(String, (StoreRun) -> String)]) {
    print("| | " + runs.map { "\($0.size)" }.joined(separator: " | ") + " |")
    print("|---|" + String(repeating: "---:|", count: runs.count))
    for (name, cell) in rows { print("| \(name) | " + runs.map(cell).joined(separator: " | ") + " |") }
}

func isAtQuota(_ run: StoreRun) -> Bool { run.size >= StoreRun.quota }

var runs: [StoreRun] = []
defer { try? FileManager.default.removeItem(atPath: folder) }
for size in sizes {
    var run = StoreRun(size: size, repetitions: isQuick ? 20 : 1000)
    try await run.run(in: "\(folder)/\(size)")
    runs.append(run)
    try FileManager.default.removeItem(atPath: "\(folder)/\(size)")
}

print("## Milliseconds, median / 99th percentile, by demonstrations in the store\n")
table(
    runs,
    [
        ("add, durable", { $0.add.text }), ("rate", { $0.rate.text }), ("newest 8", { $0.newest.text }),
        ("nearest 8, first question", { $0.nearestFirst.text }), ("nearest 8", { $0.nearest.text }),
        ("open", { milliseconds($0.opening.median) }),
    ])
print("\n## Beside what the machine takes\n")
table(
    runs,
    [
        ("append 4 KiB to a file and wait for the disk, ms", { $0.appending.text }),
        ("add to that", { fixed($0.add.median / $0.appending.median, 2) + "x" }),
        ("read 10,000 x \(Samples.dimension) numbers, ms", { $0.reading.text }),
        ("nearest 8 to that", { isAtQuota($0) ? fixed($0.nearest.median / $0.reading.median, 2) + "x" : "" }),
    ])
print("\n## Throughput and size\n")
table(
    runs,
    [
        ("learned a second", { fixed($0.learned, 0) }),
        ("bytes of the file a demonstration", { fixed(Double($0.fileBytes) / Double($0.size), 0) }),
        ("peak memory of the process, MiB", { fixed($0.peak, 0) }),
    ])
