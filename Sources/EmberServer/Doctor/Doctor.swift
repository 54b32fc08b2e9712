public import EmberConfig
import EmberEngine
import EmberNetwork
public import EmberSystem
import Foundation

/// Looks at all that Ember needs of its machine: `ember doctor`.
public struct Doctor: Sendable {
    let configuration: Configuration
    let folders: ConfigurationFolders
    let environment: [String: String]
    let surroundings: Surroundings
    /// Whether the operator has written the configuration: else its models are an example.
    let isOwn: Bool

    /// - Parameter isOwn: whether the operator has written the configuration; else its models are an example.
    public init(
        _ configuration: Configuration, isOwn: Bool, folders: ConfigurationFolders, environment: [String: String],
        _ surroundings: Surroundings
    ) {
        (self.configuration, self.isOwn, self.folders) = (configuration, isOwn, folders)
        (self.environment, self.surroundings) = (environment, surroundings)
    }

    /// All findings, good ones too.
    ///
    /// - Parameter answer: what answers at an address.
    public func findings(answer: (ListenAddress) async -> AddressAnswer) async -> [Finding] {
        let queue = surroundings.queue("ember.doctor", isUrgent: false)
        var findings = [await engine.finding(), GuardCheck.finding]
        findings += await queue.run { machine.findings + [MachineCheck.descriptors(configuration)] }
        findings += await queue.run { folderFindings }
        let listen = configuration.network.listen
        findings.append(AddressCheck.finding(of: listen, listen.isChosen ? await answer(listen) : .nothing))
        findings.append(MachineCheck.clock(surroundings.time.wallSeconds))
        findings.append(ProxyCheck.finding(environment))
        if isOwn { findings += await queue.run { ModelCheck(doctor: self).findings } }
        return findings
    }

    private var engine: EngineCheck {
        EngineCheck(
            search: LlamaServerSearch(
                configured: configuration.files.llamaServer, environment: environment, cache: folders.cache,
                files: surroundings.files),
            isNeeded: configuration.models.contains { if case .llamaServer = $0.engine { true } else { false } },
            environment: environment, time: surroundings.time, processes: surroundings.processes)
    }

    private var machine: MachineCheck { MachineCheck(memory: configuration.planning.memory, environment: environment) }

    private var folderFindings: [Finding] {
        let check = FolderCheck(files: surroundings.files, random: surroundings.random)
        return [
            check.finding("state folder", folders.state, setting: "EMBER_STATE"),
            check.finding("cache folder", folders.cache, setting: "EMBER_CACHE"),
            check.finding("models folder", configuration.files.modelsFolder, setting: "models_dir", isOnlyRead: true),
        ]
    }
}
