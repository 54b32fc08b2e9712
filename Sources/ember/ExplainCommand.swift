import ArgumentParser
import EmberCore
import EmberServer
import Foundation

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Show why a request ran where it ran.",
        discussion: """
            The id is the reply's x-ember-request-id; the latest 1024 requests are known. Costs are as measured, or as declared, \
            in the unit of weights. A key, where one is needed, is taken from $EMBER_KEY.
            """)

    @Argument(help: "The request's id.") var id: String
    @Flag(help: "Print everything as JSON.") var json = false
    @OptionGroup var running: RunningEmberOptions

    func run() async throws {
        let path = "/ember/v1/decisions/\(RunningEmber.part(id))"
        let ember = try running.connect()
        if json { return print(String(decoding: try await ember.bytes(.GET, path), as: UTF8.self)) }
        let request = try await ember.ask(RequestDecisionView.self, .GET, path)
        print("\(request.model) for \(request.service), \(String(format: "%.3f", request.arrived)) s after the start")
        print(Table(columns: Self.columns, rows: request.alternatives.map(Self.row)).text, terminator: "")
        for step in request.steps {
            let details = [step.why, step.tokens.map { "\($0) tokens" }, step.slot?.words]
            let detail = details.compactMap { $0 }.joined(separator: ", ")
            print(
                String(format: "+%.3f s  ", step.time - request.arrived) + step.what.replacing("_", with: " ")
                    + (detail.isEmpty ? "" : ": " + detail))
        }
        for admission in request.admissions { print(Self.text(of: admission, request)) }
        if let kept = request.kept { print("of prompts, \(request.model)'s engine keeps not all: \(kept)") }
    }

    private static let columns =
        ["", "MODEL", "COULD RUN"] + CostTerm.allCases.map { $0.name.uppercased() } + ["TOTAL"]

    private static func row(_ place: RequestDecisionView.Alternative) -> [String] {
        let costs = CostTerm.allCases.map { place.costs[$0] } + [place.total]
        return [place.isChosen ? "*" : "", place.model, place.place] + costs.map { String(format: "%.4f", $0) }
    }

    private static func text(of admission: DecisionView, _ request: RequestDecisionView) -> String {
        var lines = [
            String(format: "+%.3f s  ", admission.time - request.arrived) + "memory for \(admission.newcomer ?? "-"): "
                + "\(admission.outcome), \(admission.neededBytes >> 20) MiB needed, \(admission.freeBytes >> 20) free"
        ]
        for candidate in admission.candidates {
            let score = candidate.score.map { String(format: "score %.3f", $0) } ?? candidate.standing
            let fate = admission.victims.contains(candidate.model) ? "evicted" : "stays"
            lines.append(
                "           \(candidate.model) \(fate): \(score), "
                    + String(format: "age of context %.2f", candidate.ageOfContext))
        }
        return lines.joined(separator: "\n")
    }
}
