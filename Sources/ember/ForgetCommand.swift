import ArgumentParser
import EmberConfig
import EmberServer
import Foundation
import Logging

struct ForgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Forget what a model was measured to take in memory.",
        discussion: """
            It then counts as its file or its settings say, and may be started at once. A running Ember is notified; where none \
            answers at the address, the state folder is changed. An Ember that runs elsewhere with that folder remembers what \
            it knows.
            """)

    @Argument(help: "The model's name.")
    var model: String

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let body = try JSONEncoder().encode(["model": model])
        let listen = options.listen ?? ProcessInfo.processInfo.environment["EMBER_LISTEN"] ?? configuredAddress
        do {
            _ = try await RunningEmberOptions.connect(to: listen).bytes(.POST, "/ember/v1/models/forget", body)
            print("\(model): forgotten by the running Ember")
        } catch is NoEmberAnswers {
            try await forgetInFolder()
        }
    }

    /// Of the configuration, where there is one that can be read.
    private var configuredAddress: String {
        (try? options.read().configuration.network.listen.text) ?? "127.0.0.1:11500"
    }

    private func forgetInFolder() async throws {
        let (configuration, folders, _) = try options.read()
        let footprints = FootprintKeeper(
            stateFolder: folders.state, device: configuration.planning.memory.device, logger: Logger(label: "ember"),
            surroundings: .system)
        let deployment = try DeploymentBuilder(
            configuration, folders: folders, environment: ProcessInfo.processInfo.environment, footprints: footprints,
            files: .system
        ).build()
        guard let id = deployment.model(named: model), deployment[id].engine != nil else {
            throw CommandFailure("the model '\(model)' is not configured to run at the edge: see 'ember models list'")
        }
        let wasKnown = await footprints.forget(deployment[id])
        print("\(model): \(wasKnown ? "forgotten" : "nothing was remembered") in \(folders.state)")
    }
}
