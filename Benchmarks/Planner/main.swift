import EmberCore
import Foundation

// Measures the planner: requests a second on one core, how that grows with the number of pairs, memory, decision times.
// Prints Markdown; `--quick` only shows that everything works; `--only POLICY` is for a profiler.

let isQuick = CommandLine.arguments.contains("--quick")
let rounds = isQuick ? 1 : 7
let policies = ["least-context-gated", "least-context", "regret-forecast", "lru"]
let sizes = [16, 64, 256, 1024, 4096]

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

func drive(_ name: String, _ stream: Stream) -> any PlannerDrive {
    guard let entry = PolicyCatalog.entry(named: name) else { preconditionFailure("no policy \(name)") }
    func open(_ planner: some Planning) -> any PlannerDrive { Drive(planner, stream) }
    return open(entry.planner(for: stream.catalogue, settings: stream.settings))
}

/// The most memory that the process has had, in MiB.
func peakMebibytes() -> Double {
    var usage = rusage()
    #if os(macOS)
        getrusage(RUSAGE_SELF, &usage)
        return Double(usage.ru_maxrss) / 1_048_576
    #else
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_maxrss) / 1024
    #endif
}

func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

/// A round measures the bare scan and every planner, one right after the other; figures are medians of the rounds.
func throughput() {
    let requests = isQuick ? 2000 : 400_000
    var scan = BareScan()
    var scans: [Double] = []
    var runs: [String: [Driven]] = [:]
    let streams = sizes.map { Stream(models: $0) }
    for _ in 0..<rounds {
        scans.append(scan.nanoseconds(scans: isQuick ? 1000 : 1_000_000))
        for (size, stream) in zip(sizes, streams) {
            for policy in policies {
                var drive = drive(policy, stream)
                // Forty minutes, so that rates and contexts are those of a server that has run for a while.
                _ = drive.run(isQuick ? size : 240 * size)
                runs["\(policy) \(size)", default: []].append(drive.run(requests))
            }
        }
    }
    let bare = median(scans)
    print("## Requests on one core\n\nA bare scan of \(BareScan.slots) slots takes \(fixed(bare, 1)) ns.\n")
    print("| policy | pairs | ns a request | million requests/s | to the scan | hit ratio | loads per 1,000 |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for policy in policies {
        for size in sizes {
            let driven = runs["\(policy) \(size)"] ?? []
            let time = median(driven.map(\.nanoseconds))
            let loads = Double(driven[0].loads) * 1000 / Double(requests)
            print(
                "| \(policy) | \(size) | \(fixed(time, 0)) | \(fixed(1000 / time, 1)) | \(fixed(time / bare, 2))x "
                    + "| \(fixed(100 * driven[0].hitRatio, 1)) % | \(fixed(loads, 2)) |")
        }
    }
}

func memory() {
    let stream = Stream(models: 64)
    print("\n## Memory\n\n| requests so far | peak memory of the process, MiB |\n|---:|---:|")
    var drive = drive("regret-forecast", stream)
    var done = 0
    for requests in isQuick ? [1000, 2000] : [100_000, 1_000_000, 10_000_000] {
        _ = drive.run(requests - done)
        done = requests
        print("| \(requests) | \(fixed(peakMebibytes(), 1)) |")
    }
}

func decisionTimes() {
    let requests = isQuick ? 500 : 200_000
    print(
        "\n## Decision time\n\nWith 100 services that share the models, from a request's arrival until all that follows"
    )
    print("from it is known; \(requests) decisions, reading the clock included.\n")
    print("| policy | models | history | p50, us | p99, us | worst, us |\n|---|---:|---:|---:|---:|---:|")
    for policy in ["least-context-gated", "regret-forecast"] {
        for models in [10, 100, 1000] {
            let stream = Stream(models: models, services: 100)
            var drive = drive(policy, stream)
            for history in isQuick ? [100] : [100_000, 2_000_000] {
                _ = drive.run(history)
                let times = drive.decisionTimes(requests).sorted()
                func quantile(_ share: Double) -> String {
                    fixed(times[min(times.count - 1, Int(share * Double(times.count)))] * 1e6, 2)
                }
                print("| \(policy) | \(models) | \(history) | \(quantile(0.5)) | \(quantile(0.99)) | \(quantile(1)) |")
            }
        }
    }
}

/// Two hundred thousand requests for 64 pairs, and nothing else.
func profile(_ policy: String) {
    let stream = Stream(models: 64)
    var drive = drive(policy, stream)
    print("\(policy): \(fixed(drive.run(200_000).nanoseconds, 0)) ns a request")
}

if let option = CommandLine.arguments.firstIndex(of: "--only"), option + 1 < CommandLine.arguments.count {
    profile(CommandLine.arguments[option + 1])
} else {
    throughput()
    memory()
    decisionTimes()
}
