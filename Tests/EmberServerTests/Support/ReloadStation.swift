import EmberConfig
import EmberCore
import EmberNetwork
import EmberSystem
import Synchronization

@testable import EmberServer

/// A coordinator over fake engines whose configuration is a text that a test changes.
struct ReloadStation {
    let station: Station
    let source: DeploymentSource
    let reloader: Reloader
    let keys: AccessKeys
    let orders = ReloadOrders()
    private let text: SharedText

    /// What the configuration says now.
    private final class SharedText: Sendable {
        private let text: Mutex<String>
        init(_ text: String) { self.text = Mutex(text) }
        var value: String {
            get { text.withLock { $0 } }
            set { text.withLock { $0 = newValue } }
        }
    }

    /// - Parameter text: with `PROGRAM` for a program that is there.
    init(_ text: String, settings change: @Sendable (inout PlannerSettings) -> Void = { _ in }) throws {
        let source = try DeploymentSource()
        let program = try source.files.write([], to: "bin/program", isProgram: true)
        // Where commands run.
        try source.files.write([], to: "etc/ember.yaml")
        let full = Self.full(text, program)
        let configuration = try source.configuration(full)
        let builder = try source.builder(full)
        let shared = SharedText(full)
        station = try Station(builder.build(), try builder.plannerSettings(), settings: change)
        keys = AccessKeys(configuration.access)
        self.source = source
        self.text = shared
        let read: @Sendable () throws(ReloadProblem) -> ConfigurationReading = { () throws(ReloadProblem) in
            do {
                let reader = ConfigurationReader(environment: [:], folders: source.folders, files: .init(.system))
                return try reader.read(text: shared.value, source: "ember.yaml")
            } catch {
                throw ReloadProblem("\(error)")
            }
        }
        reloader = Reloader(
            configuration,
            from: ReloadSource(.files, folders: source.folders, environment: [:], orders: orders, read: read),
            station.coordinator, keys: keys,
            footprints: FootprintKeeper(
                stateFolder: nil, device: .ram, logger: quietLogger, surroundings: .system),
            clients: NetworkClients { _, _ in throw CancellationError() }, logger: quietLogger)
    }

    private static func full(_ text: String, _ program: String) -> String {
        "memory: {budget: 100MiB}\nqueue: {min_residency: 0}\n"
            + text.replacing("PROGRAM", with: program + ", \"${port}\"")
    }

    var deployment: Deployment { station.coordinator.deployment }

    /// The configuration says something else from now on.
    func write(_ text: String) { self.text.value = Self.full(text, source.files.path + "/bin/program") }

    @discardableResult
    func reload(_ text: String, isDry: Bool = false) async throws -> ReloadPlan {
        write(text)
        return try await reloader.reload(isDry: isDry)
    }

    /// Names of the models that are configured.
    var models: [String] { deployment.served.map(\.name).sorted() }
}

/// A model that a program serves, with further keys.
func programModel(_ name: String, _ keys: String = "", mebibytes: Int = 30) -> String {
    let slots = keys.contains("parallel") ? "" : ", parallel: 1"
    return "  \(name): {command: [PROGRAM], memory: \(mebibytes)MiB\(slots)\(keys.isEmpty ? "" : ", " + keys)}\n"
}
