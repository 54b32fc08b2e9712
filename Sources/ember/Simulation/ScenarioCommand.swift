import ArgumentParser
import EmberSim

struct ScenarioCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scenario", abstract: "List scenarios and policies; print, copy or check a scenario.",
        subcommands: [List.self, Show.self, Check.self, Policies.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the shipped scenarios.")

        func run() throws {
            let rows = try ShippedScenarios.names.map { [$0, try ScenarioReader.summary(ofShipped: $0)] }
            print(Table(columns: ["SCENARIO", ""], rows: rows).text, terminator: "")
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a shipped scenario, to read or to copy.",
            discussion: "For example: ember scenario show paper > mine.yaml")

        @Argument(help: "The name of a shipped scenario.")
        var name: String

        func run() throws {
            guard let text = ShippedScenarios.text(of: name) else {
                let known = ShippedScenarios.names.joined(separator: ", ")
                throw CommandFailure("there is no scenario \"\(name)\"; write one of \(known)")
            }
            print(text, terminator: "")
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a scenario file; report every problem with its line, key, value and fix.")

        @Argument(help: "The scenario file.", completion: .file(extensions: ["yaml"]))
        var file: String

        @OptionGroup var traces: TraceOptions

        func run() throws {
            do throws(ScenarioError) {
                let scenario = try traces.read(file)
                let pairs = scenario.catalogue.pairCount
                print("\(file): good; \(pairs) (service, model) pairs, \(scenario.slots) slots")
            } catch {
                throw CommandFailure(error.description)
            }
        }
    }

    struct Policies: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the policies that can be simulated, with their parameters.",
            discussion: "Parameters are set after the name, for example: --policies regret-forecast:horizon=20:regret=0"
        )

        func run() {
            let rows = SimulatedPolicy.all.flatMap { policy in
                [[policy.name, policy.summary]]
                    + policy.parameters.map { ["  \($0.name)=\($0.defaultValue)", $0.summary] }
            }
            print(Table(columns: ["POLICY", ""], rows: rows).text, terminator: "")
        }
    }
}
