import ArgumentParser
import EmberCore
import EmberSim
import Foundation

/// What work is planned for, and how the plan is made.
struct PlanOptions: ParsableArguments {
    @Option(
        help: "A server's log of events, or the folder: its requests are planned for, and no configuration is needed.",
        completion: .file())
    var log: String?

    @Option(help: "Of the log, the requests of the last HOURS; without it, all of the latest run.")
    var last: Double?

    @Option(
        help: ArgumentHelp(
            "How often a model is asked, in requests an hour, and the tokens of prompt and answer (400+100 if left "
                + "out), such as smollm2=30 or smollm2=30:800+200; may be repeated.", valueName: "model=requests"))
    var rate: [String] = []

    @Option(
        help: ArgumentHelp(
            "How fast a model reads and writes, in tokens a second, such as smollm2=900/60; without it, by the "
                + "size of the model and --bandwidth.", valueName: "model=read/write"))
    var speed: [String] = []

    @Option(help: "Gigabytes a second that this machine reads from memory: a model writes a token for each reading.")
    var bandwidth = 20.0

    @Option(help: "Hours to simulate, with rates.")
    var hours = 24.0

    @Option(help: "How many draws of the requests, with rates; figures are means.")
    var seeds = 3

    @Option(help: "Runs at the same time; by default as many as there are processor cores.")
    var jobs: Int?

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(help: .hidden)
    var background = false

    func validate() throws {
        if log == nil, rate.isEmpty {
            throw ValidationError(
                "say what is asked: --log FILE for a server's log of events, or --rate MODEL=REQUESTS (an hour)")
        }
        if log != nil, !rate.isEmpty || !speed.isEmpty {
            throw ValidationError("a log says how often models are asked: leave out --rate and --speed with --log")
        }
        try Self.check("--last", last ?? 1, 0.01...8760)
        try Self.check("--hours", hours, 0.1...168)
        try Self.check("--bandwidth", bandwidth, 0.1...100_000)
        try Self.check("--seeds", Double(seeds), 1...100)
        try Self.check("--jobs", Double(jobs ?? 1), 1...1024)
    }

    static func check(_ name: String, _ value: Double, _ range: ClosedRange<Double>) throws {
        guard range.contains(value) else {
            throw ValidationError("\(name) \(value): write a number from \(range.lowerBound) to \(range.upperBound)")
        }
    }
}

/// Under which conditions the work is tried.
struct PlanConditions: ParsableArguments {
    @Option(help: "Policies to try besides the present one, separated by commas.")
    var policies = "lru,least-context-gated,regret-forecast"

    @Option(help: "Sizes of memory to try, as percentages of the present one, separated by commas.")
    var memories = "50,75,100,150,200"

    @Option(help: "Money for the cloud in all, such as 0.5; may be repeated.")
    var cloudLimit: [Double] = []

    func validate() throws {
        for limit in cloudLimit { try PlanOptions.check("--cloud-limit", limit, 0...1e9) }
    }

    var chosenPolicies: [SimulatedPolicy] {
        get throws {
            try policies.split(separator: ",").map { name in
                do throws(PolicyError) { return try SimulatedPolicy.parse(String(name)) } catch {
                    throw CommandFailure("--policies: \(error)")
                }
            }
        }
    }

    /// Of the present memory.
    var shares: [Double] {
        get throws {
            try memories.split(separator: ",").map { text in
                guard let percent = Double(text), (1...10_000).contains(percent) else {
                    throw CommandFailure("--memories '\(text)': write percentages from 1 to 10000, such as 50,100,200")
                }
                return percent / 100
            }
        }
    }
}

/// A `--rate`: how often a model is asked, and how long its requests are.
struct StatedRate {
    let model: String
    let requestsPerHour: Double
    let inputTokens: Int
    let outputTokens: Int

    init(_ text: String) throws {
        let problem = CommandFailure(
            "--rate '\(text)': write MODEL=REQUESTS, an hour, or MODEL=REQUESTS:INPUT+OUTPUT with the tokens of a "
                + "prompt and its answer, such as smollm2=30:400+100")
        guard let sign = text.lastIndex(of: "=") else { throw problem }
        let parts = text[text.index(after: sign)...].split(separator: ":", omittingEmptySubsequences: false)
        guard let requests = Double(parts[0]), (0...1_000_000).contains(requests), parts.count <= 2 else {
            throw problem
        }
        let tokens = (parts.count == 2 ? parts[1] : "400+100").split(separator: "+").map { Int($0) ?? -1 }
        guard tokens.count == 2, tokens.allSatisfy((0...1_000_000).contains) else { throw problem }
        (model, requestsPerHour) = (String(text[..<sign]), requests)
        (inputTokens, outputTokens) = (tokens[0], tokens[1])
    }
}

/// A `--speed`: tokens a second.
struct StatedSpeed {
    let model: String
    let read: Double
    let write: Double

    init(_ text: String) throws {
        let parts = text.lastIndex(of: "=").map { text[text.index(after: $0)...].split(separator: "/") } ?? []
        let numbers = parts.compactMap { Double($0) }
        guard parts.count == 2, numbers.count == 2, numbers.allSatisfy({ $0 > 0 && $0 < 1e9 }) else {
            throw CommandFailure(
                "--speed '\(text)': write MODEL=READ/WRITE in tokens a second, such as smollm2=900/60")
        }
        model = String(text[..<(text.lastIndex(of: "=") ?? text.endIndex)])
        (read, write) = (numbers[0], numbers[1])
    }
}
