public import EmberConfig
import EmberCore
public import EmberEngine
public import EmberNetwork
import EmberSystem
public import Hummingbird
public import Logging
import NIOCore

/// How the HTTP side of Ember behaves.
public struct ServerSettings: Sendable {
    public var address: BindAddress
    public var keys = AccessKeys([])
    public var bodyLengths = BodyLengths()
    /// Where bodies are kept while their requests are in flight.
    public var bodies: BodyStore
    /// What web pages, and names of this server that are not its own, may do.
    public var origins: [OriginPattern] = []
    public var hosts: [HostPattern] = []
    public var isUnixSocket = false
    public var connections = ConnectionLimits()
    /// How long running requests may finish once Ember is to end.
    public var drainSeconds = 30.0
    /// A stream whose model is not ready by then begins with comments, and goes on with one each time.
    public var pingSeconds = 5.0
    /// Whether each answer gets a line of the log.
    public var logsAccess = false
    /// nil where events are not recorded.
    public var plans: PlanProgram?

    public init(address: BindAddress, bodies: BodyStore) { (self.address, self.bodies) = (address, bodies) }
}

/// Ember as a service: the HTTP server over the coordinator.
public struct EmberService: Sendable {
    private let coordinator: Coordinator
    private let keeper: ContextKeeper?
    private let settings: ServerSettings
    private let client: EngineClient
    private let logger: Logger
    private let whenListening: @Sendable (SocketAddress?) async -> Void
    private let connections: ConnectionTable
    private let outputs: EngineOutputs
    private let reloader: Reloader?
    private let engineReadings: EngineReadings
    private let page: PageService

    /// The time between two measurements of energy, and the shortest between two of memory, in seconds; between
    /// these at least this multiple of what one took: the kernel walks page tables for it.
    private static let measurementSeconds = 2.0
    private static let restPerMeasurement = 200.0
    /// However long one takes: what takes too much must be found out.
    private static let longestRest = 10.0
    /// The same, for engines that have taken too much before.
    private static let trialSeconds = 0.25
    private static let restPerTrial = 20.0

    /// - Parameters:
    ///   - keeper: nil where Ember keeps no context.
    ///   - client: for upstreams.
    ///   - connector: for engines.
    ///   - outputs: what engines write.
    ///   - reloader: nil where the configuration cannot change.
    ///   - whenListening: called with the address once requests are accepted.
    public init(
        coordinator: Coordinator, keeper: ContextKeeper? = nil, settings: ServerSettings, client: NetworkClients,
        connector: WireConnector, outputs: EngineOutputs = EngineOutputs(), reloader: Reloader? = nil, logger: Logger,
        whenListening: @escaping @Sendable (SocketAddress?) async -> Void = { _ in }
    ) {
        self.coordinator = coordinator
        self.keeper = keeper
        self.settings = settings
        self.client = EngineClient(client, coordinator.time, connector)
        self.outputs = outputs
        engineReadings = EngineReadings(coordinator.time, connector)
        self.reloader = reloader
        self.logger = logger
        self.whenListening = whenListening
        connections = ConnectionTable(
            settings.connections, drain: coordinator.drain, logger: logger, time: coordinator.time)
        page = PageService(
            StateReport(
                coordinator: coordinator, keeper: keeper, bodies: settings.bodies, connections: connections),
            keys: settings.keys, plans: settings.plans)
    }

    private var time: TimeSource { coordinator.time }

    /// Serves until it is ordered to stop; then all engines have ended.
    ///
    /// - Throws: where it cannot serve, as where its address is in use.
    public func run(until orders: StopOrders) async throws {
        let measuring = [
            time.later { await measure { await coordinator.within { await $0.engines.measureFootprints(for: $0) } } },
            time.later { await watchTrials() },
            time.later {
                await measure { await coordinator.within { await $0.engines.files.measurePageCache(for: $0) } }
            },
            time.later { await measureEnergy() },
            time.later { await watchFiles() },
            time.later { if let reloader { await reloader.follow() } },
            time.later { if coordinator.meters?.isOn == true { await engineReadings.follow(coordinator) } },
            time.later { await page.history.follow(coordinator) },
        ]
        await keeper?.start()
        await coordinator.within { $0.engines.files.noteUnusable(for: $0) }
        let server = RunningServer(application(), logger: logger, time)
        let shutdown = Shutdown(
            coordinator: coordinator, keeper: keeper, client: client, connections: connections,
            orders: orders, drainSeconds: settings.drainSeconds, logger: logger)
        let draining = time.later {
            if await orders.comes(.drain) { await shutdown.endService(of: server) }
        }
        var failure: (any Error)?
        do { try await server.ended() } catch { failure = error }
        // Once it was ordered to end, it is no failure how it ends.
        if coordinator.drain.hasBegun { failure = nil }
        draining.cancel()
        await draining.value
        for task in measuring { task.cancel() }
        await shutdown.endEngines()
        if let failure { throw failure }
    }

    public func application() -> some ApplicationProtocol {
        let grace = HalfClosedGrace(coordinator: coordinator, grace: connections.limits.patience.halfClosed)
        return Application(
            responder: frontDoor(), server: .watchfulHTTP1(connections, grace),
            configuration: .init(address: settings.address, serverName: "ember"),
            onServerRunning: { listener in
                await AcceptErrors.watch(listener, connections)
                // Not before: an Ember that cannot listen is not to load anything.
                await coordinator.within { $0.engines.changes.preload(for: $0) }
                await whenListening(listener.localAddress)
            }, logger: logger)
    }

    private func frontDoor() -> FrontDoor<RouterResponder<EmberRequestContext>> {
        let router = Router(context: EmberRequestContext.self)
        let directory = RouteDirectory()
        let authentication = page.authentication
        let inference = InferenceDoor(
            gate: PageGate(access: pageAccess, authentication: authentication),
            shape: ErrorShape(directory: directory), authentication: authentication, routes: inferenceRoutes)
        router.add(middleware: inference.gate)
        router.add(middleware: inference.shape)
        router.add(middleware: inference.authentication)
        HealthRoutes(drain: coordinator.drain).add(to: router)
        ModelRoutes(coordinator: coordinator).add(to: router)
        OperatorRoutes(coordinator: coordinator, keeper: keeper, report: page.report).add(to: router)
        MetricsRoutes(
            coordinator: coordinator, keeper: keeper, bodies: settings.bodies, connections: connections,
            engines: engineReadings
        ).add(to: router)
        page.add(to: router)
        LogRoutes(coordinator: coordinator, outputs: outputs, keys: authentication.keys).add(to: router)
        ConfigurationRoutes(reloader: reloader).add(to: router)
        ContextRoutes(coordinator: coordinator, keeper: keeper, bodies: settings.bodies).add(to: router)
        inference.routes.add(to: router)
        OllamaModelRoutes(coordinator: coordinator).add(to: router)
        OllamaInference(inference: inference.routes).add(to: router)
        directory.fill(router.routes)
        return FrontDoor(
            inside: router.buildResponder(), inference: inference, directory: directory, page: PageFiles(),
            responses: coordinator.meters?.responses,
            access: settings.logsAccess ? AccessLog(directory: directory, time: time, logger: logger) : nil)
    }

    private var inferenceRoutes: InferenceRoutes {
        InferenceRoutes(
            coordinator: coordinator, client: client, keeper: keeper, bodies: settings.bodies,
            bodyLengths: settings.bodyLengths,
            pingSeconds: settings.pingSeconds, names: RequestNames(coordinator.surroundings.random))
    }

    private var pageAccess: PageAccess {
        PageAccess(origins: settings.origins, hosts: settings.hosts, isUnixSocket: settings.isUnixSocket)
    }

    private func measure(_ what: @escaping @Sendable () async -> Void) async {
        var rest = Self.measurementSeconds
        while !Task.isCancelled {
            try? await time.sleep(for: .seconds(rest))
            let began = time.now
            await what()
            let wanted = Self.restPerMeasurement * time.seconds(since: began)
            rest = min(Self.longestRest, max(Self.measurementSeconds, wanted))
        }
    }

    /// An engine that has taken too much before may do so at once.
    private func watchTrials() async {
        var rest = Self.trialSeconds
        while !Task.isCancelled {
            try? await time.sleep(for: .seconds(rest))
            guard await coordinator.within({ $0.engines.hasTrials(for: $0) }) else { continue }
            let began = time.now
            await coordinator.within { await $0.engines.measureFootprints(onlyOnTrial: true, for: $0) }
            rest = max(Self.trialSeconds, Self.restPerTrial * time.seconds(since: began))
        }
    }

    private func watchFiles() async {
        while !Task.isCancelled {
            try? await time.sleep(for: .seconds(Self.measurementSeconds))
            await coordinator.within { $0.engines.files.lookAtAll(for: $0) }
        }
    }

    private func measureEnergy() async {
        guard await coordinator.within({ $0.engines.energy != nil }) else { return }
        while !Task.isCancelled {
            await coordinator.measureEnergy()
            try? await time.sleep(for: .seconds(Self.measurementSeconds))
        }
    }
}
