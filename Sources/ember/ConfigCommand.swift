import ArgumentParser
import EmberConfig
import EmberEngine
import EmberServer
import Foundation

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check a configuration, or print an example or the schema.",
        subcommands: [Check.self, Example.self, Schema.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a configuration; every problem is told with its line, key, value and fix.")

        @OptionGroup var options: ConfigurationOptions

        /// Proxies and certificates may come from environment variables, of which the file knows nothing.
        private func checkUpstreams(_ configuration: Configuration, _ path: String) throws {
            let environment = NetworkEnvironment(ProcessInfo.processInfo.environment)
            for upstream in configuration.upstreams {
                do throws(NetworkProblem) { _ = try upstream.way(by: environment) } catch {
                    throw CommandFailure("\(path): upstreams.\(upstream.name): \(error)")
                }
            }
        }

        func run() throws {
            let (configuration, _, path) = try options.read()
            try checkUpstreams(configuration, path)
            print(
                "\(path): good; \(configuration.models.count) models, \(configuration.services.count) services, "
                    + "policy \(configuration.policy), listens on \(configuration.listen.text)")
        }
    }

    struct Example: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print a commented example with every key.")

        @Flag(help: "The three lines that suffice.")
        var minimal = false

        func run() { print(minimal ? ConfigurationExample.minimal : ConfigurationExample.text, terminator: "") }
    }

    struct Schema: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the configuration's JSON schema, for editors.")

        func run() { print(ConfigurationSchema.json(), terminator: "") }
    }
}
