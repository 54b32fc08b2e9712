import EmberConfig
import EmberServer
import EmberSystem
import Foundation
import Logging

/// An Ember within this process, for one file and one command. It listens on a free port of this machine, and keeps
/// nothing.
enum OwnServer {
    private static let surroundings = Surroundings.system

    /// Does the work while the file's model is served; returns once its engine has ended.
    static func use(
        file: String, _ work: (RunningEmber, _ model: String) async throws -> Void
    ) async throws {
        LoggingSystem.bootstrap { StandardErrorLog(label: $0, .error, LogForm(.text)) }
        OpenFiles.raiseLimit()
        let state = stateFolder
        defer { try? surroundings.files.removeFolder(state) }
        var (configuration, folders) = try configuration(of: file)
        folders.state = state
        let (orders, port) = (StopOrders(), Promise<Int?>())
        let run = ServerRun(configuration, folders, Logger(label: "ember"))
        let serving: Task<(any Error)?, Never> = surroundings.time.later {
            defer { port.fulfil(nil) }
            do { try await run.run(until: orders) { _, address in port.fulfil(address?.port) } } catch { return error }
            return nil
        }
        guard let port = await port.value() else {
            throw await serving.value ?? CommandFailure("the server for \(file) has ended")
        }
        let ember = RunningEmber(.tcp(host: "127.0.0.1", port: port), key: nil)
        let name = configuration.models[0].name
        let worked = await Result { try await work(ember, name) }
        orders.give()
        let failure = await serving.value
        try worked.get()
        if let failure { throw failure }
    }

    private static func configuration(of file: String) throws -> (Configuration, ConfigurationFolders) {
        let environment = ProcessInfo.processInfo.environment
        let folders = ConfigurationOptions.folders
        let reader = ConfigurationReader(environment: environment, folders: folders, files: .init(.system))
        let budget = environment["EMBER_MEMORY_BUDGET"].flatMap { $0.isEmpty ? nil : $0 }
        do {
            let path = FileOptions.path(file, in: ConfigurationOptions.namedModelsFolder() ?? folders.defaultModels)
            let found = try FoundModels(paths: [path], files: surroundings.files)
            let reading = try reader.read(
                text: found.configurationText(), source: file,
                overrides: ConfigurationOverrides(listen: "127.0.0.1:0", memoryBudget: budget))
            return (reading.configuration, folders)
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    private static var stateFolder: String {
        let base = ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        let number = surroundings.random.words(1)[0]
        return ConfigurationOptions.folders.path(base) + "/ember-run-" + String(number, radix: 36)
    }
}

/// Where a command's model is served.
enum ModelPlace {
    /// Does the work with the running Ember, or with one for the file where the model is one.
    static func use(
        _ model: String, _ running: RunningEmberOptions,
        _ work: (RunningEmber, _ model: String) async throws -> Void
    ) async throws {
        if model.lowercased().hasSuffix(".gguf") { return try await OwnServer.use(file: model, work) }
        try await work(running.connect(), model)
    }
}
