import ArgumentParser
import EmberConfig
import EmberCore
import EmberServer
import Foundation
import Logging

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check a configuration, or print an example or the schema.",
        subcommands: [Check.self, Example.self, Schema.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a configuration; report every problem with its line, key, value and fix.",
            discussion: """
                The models' files and programs are checked too. Those that cannot be loaded now are reported as warnings: Ember \
                serves the others, and these once their files are right.
                """)

        @OptionGroup var options: ConfigurationOptions

        @Flag(help: "Fail where a model cannot be loaded now.")
        var strict = false

        func run() throws {
            let (configuration, folders, path) = try options.read()
            let builder = DeploymentBuilder(
                lookingAt: configuration, folders: folders, environment: ProcessInfo.processInfo.environment, .system)
            do throws(DeploymentError) { try builder.checkUpstreams() } catch {
                throw CommandFailure("\(path): \(error)")
            }
            let (deployment, budgets, warnings): (Deployment, [Bytes], DeploymentWarnings)
            do throws(DeploymentError) {
                deployment = try builder.build()
                let settings = try builder.plannerSettings()
                budgets = settings.devices
                warnings = DeploymentWarnings(deployment, settings, configuration, try builder.gpus())
            } catch {
                throw CommandFailure(error.description)
            }
            for warning in warnings.unusable + warnings.bounds { StandardError.write("warning: \(warning)") }
            let unusable = warnings.unusable.count
            let note = unusable > 0 ? " (\(unusable) cannot be loaded now)" : ""
            if strict, unusable > 0 {
                throw CommandFailure(
                    "\(path): \(unusable) of \(configuration.models.count) models cannot be loaded now")
            }
            print(
                "\(path): good; \(configuration.models.count) models\(note), "
                    + "\(configuration.access.services.count) services, "
                    + "policy \(configuration.planning.policy), listens on \(configuration.network.listen.text)")
            guard budgets.count > 1 else { return }
            for model in deployment.models where model.engine != nil && model.spec.base == nil {
                if let place = model.spec.placeText(budgets) { print("\(model.name) may be on GPU \(place)") }
            }
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
