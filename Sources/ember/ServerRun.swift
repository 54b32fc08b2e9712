import EmberConfig
import EmberCore
import EmberEngine
import EmberHardware
import EmberNetwork
import EmberServer
import EmberStore
import EmberSystem
import Foundation
import Hummingbird
import Logging
import NIOCore

/// One run of the server, from a configuration to the end of its last engine.
struct ServerRun {
    let configuration: Configuration
    let folders: ConfigurationFolders
    let logger: Logger
    /// How the configuration is read again; nil: it does not change.
    private let reload: ReloadSource?
    private let outputs = EngineOutputs()

    /// All that Ember has from outside itself comes from here.
    private static let surroundings = Surroundings.system

    init(
        _ configuration: Configuration, _ folders: ConfigurationFolders, _ logger: Logger, reload: ReloadSource? = nil
    ) {
        (self.configuration, self.folders, self.logger) = (configuration, folders, logger)
        self.reload = reload
    }

    /// Serves until it is ordered to stop.
    ///
    /// - Parameter whenListening: receives what to print, and the address.
    func run(
        until orders: StopOrders, whenListening: @escaping @Sendable (StartBanner, SocketAddress?) -> Void
    ) async throws {
        let ownership = try Ownership(configuration, folders, logger)
        do throws(StateProblem) {
            for note in try StateFolder(path: folders.state, files: Self.surroundings.files).open() {
                logger.warning("\(note)")
            }
        } catch {
            throw CommandFailure("\(error)")
        }
        let footprints = FootprintKeeper(
            stateFolder: folders.state, device: configuration.planning.memory.device, logger: logger,
            surroundings: Self.surroundings)
        let stateKeys = StateKeyFile(stateFolder: folders.state, logger: logger, Self.surroundings).keys()
        let (deployment, settings, budgets, gpus) = try build(footprints, stateKeys)
        let banner = StartBanner(
            deployment: deployment, settings: settings, policy: configuration.planning.policy, gpus: gpus.gpus)
        let warnings = DeploymentWarnings(deployment, settings, configuration, gpus)
        for warning in warnings.bounds { logger.warning("\(warning)") }
        if warnings.isNothingServed {
            logger.error(
                "no configured model can be served now: Ember answers, and serves each once its files are right")
        }
        let coordinator = try makeCoordinator(deployment, settings, budgets, footprints, banner)
        try await serve(coordinator, footprints, ownership, orders) { address in
            ownership.didListen(at: banner.base(address, configuration.network.listen))
            whenListening(banner, address)
        }
    }

    private func makeCoordinator(
        _ deployment: Deployment, _ settings: PlannerSettings, _ budgets: CloudBudgets, _ footprints: FootprintKeeper,
        _ banner: StartBanner
    ) throws -> Coordinator {
        let energy = EnergyKeeper(
            source: configuration.planning.energy.source, device: configuration.planning.memory.device,
            folder: RAPL.defaultFolder, logger: logger, surroundings: Self.surroundings)
        if let warning = banner.energyWarning(isMeasured: energy != nil) { logger.warning("\(warning)") }
        return Coordinator(
            deployment: deployment,
            planner: try planner(deployment, settings), policy: configuration.planning.policy,
            seed: configuration.planning.seed,
            starter: ChildEngineStarter(
                directories: EngineDirectories(models: configuration.files.modelsFolder, cache: folders.cache),
                outputs: outputs,
                logger: Logger(label: "ember.engine"), surroundings: Self.surroundings),
            footprints: footprints,
            energy: energy,
            meters: configuration.metrics.isOn || configuration.log.hasAccess
                ? ServerMeters(configuration.metrics, deployment, Self.surroundings.time) : nil,
            budgets: budgets, stateFolder: folders.state,
            recorder: recorder(deployment, settings),
            logsDecisions: configuration.events.logsDecisions, logger: logger,
            surroundings: Self.surroundings)
    }

    private func planner(_ deployment: Deployment, _ settings: PlannerSettings) throws -> any Planning {
        do throws(PolicyError) {
            return try SwitchingPlanner(
                policy: configuration.planning.policy, catalogue: deployment.catalogue, settings: settings,
                seed: configuration.planning.seed)
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    private func build(
        _ footprints: FootprintKeeper, _ stateKeys: StateKeys
    ) throws -> (Deployment, PlannerSettings, CloudBudgets, GPUBudgets) {
        let builder = DeploymentBuilder(
            configuration, folders: folders, environment: ProcessInfo.processInfo.environment, footprints: footprints,
            files: Self.surroundings.files)
        do throws(DeploymentError) {
            return (
                try builder.build(stateKeys: stateKeys), try builder.plannerSettings(), builder.cloudBudgets(),
                try builder.gpus()
            )
        } catch {
            throw CommandFailure(error.description)
        }
    }

    /// A log that cannot be begun, as on a full disk, is no reason not to serve.
    private func recorder(_ deployment: Deployment, _ settings: PlannerSettings) -> EventRecorder? {
        guard configuration.events.isRecorded else { return nil }
        let setting = RecordedSetting(
            policy: configuration.planning.policy, seed: configuration.planning.seed, catalogue: deployment.catalogue,
            settings: settings, began: Self.surroundings.time.wallSeconds)
        do {
            return try EventRecorder(
                folder: folders.state + "/events", limit: configuration.events.limitBytes, setting: setting,
                logger: Logger(label: "ember.events"), surroundings: Self.surroundings)
        } catch {
            logger.warning(
                "this run is not recorded: cannot write to \(folders.state)/events: \(FileProblem.reason(of: error))"
            )
            return nil
        }
    }

    /// The keeper of demonstrations and slots; nil if no model has slots now, and there is no folder for their states.
    private func contextKeeper(_ coordinator: Coordinator) async throws -> ContextKeeper? {
        let logger = Logger(label: "ember.context")
        let context = configuration.context
        if let note = StateMemory(context).note { logger.notice("\(note)") }
        do {
            return try ContextKeeper(
                coordinator: coordinator, store: try await store(logger),
                tenants: configuration.access.tenants,
                stateFolder: context.slotFolder(in: folders), stateBytes: context.stateBytes, stateKeep: context.keep,
                writeBytes: context.writeBytes,
                embeddingModel: context.embeddingModel, slotWaitSeconds: configuration.planning.queue.maxWaitSeconds,
                kept: KeptStatesBook(stateFolder: folders.state, logger: logger, surroundings: Self.surroundings),
                connector: .sockets, logger: logger)
        } catch {
            // A reload may bring models with slots. With one tenant they can do without the keeper.
            let hasSlots = coordinator.deployment.models.contains { $0.slots != nil }
            let isNeeded = hasSlots || configuration.usesDemonstrations || configuration.access.tenants.count > 1
            if isNeeded { throw CommandFailure("\(error)") }
            return nil
        }
    }

    /// The demonstrations; nil where no service has any. A disk that does not take them is no reason not to serve.
    private func store(_ logger: Logger) async throws -> Result<ContextStore, StoreError>? {
        guard configuration.usesDemonstrations else { return nil }
        let context = configuration.context
        var limits = StoreLimits()
        limits.entriesPerService = context.entriesPerService
        // The quota of a service in bytes grows with that in entries.
        limits.bytesPerService = Bytes(context.entriesPerService * (limits.bytesPerService.count / 10_000))
        limits.diskBytes = Bytes(context.storeBytes)
        do throws(StoreError) {
            return .success(
                try await ContextStore.open(folder: folders.state, limits: limits, surroundings: Self.surroundings) {
                    logger.warning("\($0)")
                })
        } catch {
            guard error.isOfDisk else { throw error }
            logger.error("this run has no demonstrations, and learns none: \(error); then start Ember again")
            return .failure(error)
        }
    }

    /// Where long bodies lie; found out here whether that works, not by the first client.
    private func bodies() throws -> BodyStore {
        try? Self.surroundings.files.makeFolder(folders.cache, isPrivate: false)
        let limits = BodyLimits(configuration, freeBytes: FreeSpace.bytes(in: folders.cache))
        let bodies = BodyStore(
            limits, folder: folders.cache, tenants: configuration.access.tenants, time: Self.surroundings.time)
        do throws(BodyFileError) { try bodies.check() } catch {
            throw CommandFailure(
                "request bodies of more than 1 MiB lie in the cache folder, but \(error); make it writable for this "
                    + "user, or set EMBER_CACHE to another folder")
        }
        if MountTable.current.isInMemory(URL(fileURLWithPath: folders.cache).resolvingSymlinksInPath().path) {
            logger.warning(
                """
                the cache folder \(folders.cache) is kept in memory (tmpfs): so are long bodies of requests in flight, up \
                to \(limits.total >> 20) MiB; set EMBER_CACHE to a folder on a disk, or lower bodies.limit
                """)
        }
        return bodies
    }

    /// Reads the files of certificates here, not at the first request. If one is missing later, each request reports
    /// it.
    private static func clients(for deployment: Deployment) -> NetworkClients {
        let clients = UpstreamClient.makeClients()
        for way in deployment.ways { try? clients.prepare(way) }
        return clients
    }

    private func serverSettings() throws -> ServerSettings {
        var server = ServerSettings(
            address: configuration.network.listen.bindAddress, bodies: try bodies())
        server.keys = AccessKeys(configuration.access)
        server.bodyLengths = BodyLengths(
            bytes: configuration.bodies.maxBytes, byPath: configuration.bodies.maxima.byPath)
        server.pingSeconds = configuration.network.pingIntervalSeconds
        server.origins = configuration.network.cors.origins
        server.hosts = configuration.network.allowedHosts + configuration.network.listen.ownNames
        server.isUnixSocket = if case .unix = configuration.network.listen { true } else { false }
        server.connections = ConnectionLimits(configuration, logger)
        server.logsAccess = configuration.log.hasAccess
        server.drainSeconds = configuration.network.drainTimeoutSeconds
        server.plans = plans
        return server
    }

    private var plans: PlanProgram? {
        guard configuration.events.isRecorded else { return nil }
        let path = Bundle.main.executablePath ?? CommandLine.arguments.first ?? "ember"
        return PlanProgram(
            path: path, logs: folders.state + "/events", environment: ProcessInfo.processInfo.environment)
    }

    private func serve(
        _ coordinator: Coordinator, _ footprints: FootprintKeeper, _ ownership: Ownership, _ orders: StopOrders,
        whenListening: @escaping @Sendable (SocketAddress?) -> Void
    ) async throws {
        let settings = try serverSettings()
        let keeper = try await contextKeeper(coordinator)
        let client = Self.clients(for: coordinator.deployment)
        let reloader = reload.map {
            Reloader(
                configuration, from: $0, coordinator, keys: settings.keys, footprints: footprints, clients: client,
                logger: Logger(label: "ember.reload"))
        }
        let service = EmberService(
            coordinator: coordinator, keeper: keeper, settings: settings, client: client,
            connector: .sockets, outputs: outputs, reloader: reloader, logger: Logger(label: "ember.http")
        ) { whenListening($0) }
        let ended = await Result { try await service.run(until: orders) }
        // Where something still ran, it has been shut down already.
        try? await client.shutdown()
        do {
            try ended.get()
        } catch let error as IOError where !ownership.hasListened {
            throw CommandFailure(Ownership.cannotListen(on: configuration.network.listen, error))
        }
    }
}

extension ConnectionLimits {
    /// As configured, or fewer where there are not descriptors enough.
    init(_ configuration: Configuration, _ logger: Logger) {
        let wanted = configuration.network.connections
        let affordable = Self.affordable(descriptors: OpenFiles.limit, models: configuration.models.count)
        if affordable < wanted.limit {
            logger.warning(
                """
                connections.limit is lowered from \(wanted.limit) to \(affordable): only \(OpenFiles.limit) descriptors may be open. \
                Raise that limit (LimitNOFILE of the unit, or ulimit -n), or lower connections.limit.
                """)
        }
        self.init(
            total: min(wanted.limit, affordable), perAddress: wanted.limitPerAddress,
            patience: ConnectionPatience(
                header: .seconds(wanted.headerSeconds), body: .seconds(wanted.bodySeconds),
                idle: .seconds(wanted.idleSeconds)))
    }
}

extension TimeAmount {
    fileprivate static func seconds(_ seconds: Double) -> TimeAmount { .nanoseconds(Int64(seconds * 1e9)) }
}

extension ListenAddress {
    /// The name that the operator himself calls the server by.
    var ownNames: [HostPattern] {
        guard case .tcp(let host, _) = self, let name = try? HostPattern.parse(host) else { return [] }
        return [name]
    }

    var bindAddress: BindAddress {
        switch self {
        case .tcp(let host, let port): .hostname(host, port: port)
        case .unix(let path): .unixDomainSocket(path: path)
        }
    }
}

extension Result where Failure == any Error {
    /// The result of asynchronous work.
    init(_ work: () async throws -> Success) async {
        do { self = .success(try await work()) } catch { self = .failure(error) }
    }
}
