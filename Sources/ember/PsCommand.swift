import ArgumentParser
import EmberServer
import Foundation

struct PsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps", abstract: "Show what a running Ember has in memory.",
        discussion: "A key, where one is needed, is taken from $EMBER_KEY.")

    @OptionGroup var running: RunningEmberOptions

    @Flag(name: .shortAndLong, help: "Show models that are not in memory too.")
    var all = false

    @Flag(help: "Print the whole state as JSON.")
    var json = false

    func run() async throws {
        let state = try await running.connect().state()
        if json { return try printJSON(state) }
        let memory = state.memory
        print(
            "memory \(memory.occupiedBytes >> 20) of \(memory.budgetBytes >> 20) MiB, "
                + "\(state.queue.waiting) requests waiting, "
                + "\(state.cost.loads) loads, \(state.cost.evictions) evictions"
        )
        for gpu in memory.gpus ?? [] { print(Self.text(gpu)) }
        if let bodies = state.bodies, bodies.bytes > 0 {
            print(
                "\(bodies.bytes >> 20) of \(bodies.limitBytes >> 20) MiB of request bodies in flight, "
                    + "\(bodies.inFilesBytes >> 20) MiB of them in files")
        }
        let models = state.models.filter { all || $0.status != .unloaded }
        let hasSeveral = memory.gpus?.count ?? 0 > 1
        let columns = Self.columns + (hasSeveral ? ["GPU"] : [])
        let rows = models.map { Self.row($0) + (hasSeveral ? [Self.gpus(of: $0)] : []) }
        print(Table(columns: columns, rows: rows).text, terminator: "")
        for model in models where model.status == .failed {
            if let failure = model.engine.failure { print("\(model.name) has failed: \(failure)") }
        }
        for model in models {
            if let kept = model.engine.kept, kept.isLimited { print("\(model.name): \(kept.sentence)") }
        }
    }

    private static let columns = [
        "MODEL", "KIND", "STATUS", "FOOTPRINT", "MEASURED", "RUNNING", "WAITING", "AGE OF CONTEXT", "PROCESS",
    ]

    private static func text(_ gpu: StateView.GPU) -> String {
        let text =
            "GPU \(gpu.index), \(gpu.name): \(gpu.occupiedBytes >> 20) MiB of a budget of "
            + "\(gpu.budgetBytes >> 20) MiB; it has \(gpu.totalBytes >> 20) MiB"
        guard let held = gpu.heldBytes, let others = gpu.othersBytes else { return text }
        return text + ", of which models hold \(held >> 20) MiB and other programs \(others >> 20) MiB"
    }

    private static func gpus(of model: StateView.Model) -> String {
        model.memory.gpus.map { $0.map { "\($0)" }.joined(separator: "+") } ?? "-"
    }

    private static func row(_ model: StateView.Model) -> [String] {
        [
            model.name, model.kind, model.status.rawValue, "\(model.memory.footprintBytes >> 20) MiB",
            model.memory.measuredBytes.map { "\($0 >> 20) MiB" } ?? "-", "\(model.inFlight)", "\(model.waiting)",
            String(format: "%.2f", model.ageOfContext), model.engine.process.map { "\($0)" } ?? "-",
        ]
    }
}
