public import EmberConfig
import EmberCore
public import EmberNetwork
import EmberSystem
public import Logging

/// Why a configuration cannot be taken, as a message for the operator.
public struct ReloadProblem: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// What a server's configuration comes from, and what it is made with.
public struct ReloadSource: Sendable {
    /// Reads the configuration again; blocks.
    public var read: @Sendable () throws(ReloadProblem) -> ConfigurationReading
    public var origin: ConfigurationOrigin
    public var folders: ConfigurationFolders
    public var environment: [String: String]
    public var orders: ReloadOrders
    /// What is read again as soon as it changes; nil: nothing.
    public var watched: WatchedFiles?

    public init(
        _ origin: ConfigurationOrigin, folders: ConfigurationFolders, environment: [String: String],
        orders: ReloadOrders = ReloadOrders(),
        watched: WatchedFiles? = nil, read: @escaping @Sendable () throws(ReloadProblem) -> ConfigurationReading
    ) {
        self.origin = origin
        (self.folders, self.environment, self.orders) = (folders, environment, orders)
        (self.watched, self.read) = (watched, read)
    }
}

/// Has a running server take its configuration again: one reload after the other, each as a whole or not at all.
public actor Reloader {
    private let keys: AccessKeys
    private let coordinator: Coordinator
    private nonisolated let source: ReloadSource
    private let footprints: FootprintKeeper
    private let clients: NetworkClients
    private let queue: WorkQueue
    private let logger: Logger
    /// That the server serves now.
    private var configuration: Configuration
    /// The reload that was asked for last.
    private var last: Task<Result<ReloadPlan, ReloadProblem>, Never>?

    public init(
        _ configuration: Configuration, from source: ReloadSource, _ coordinator: Coordinator, keys: AccessKeys,
        footprints: FootprintKeeper, clients: NetworkClients, logger: Logger
    ) {
        self.configuration = configuration
        self.source = source
        self.coordinator = coordinator
        self.keys = keys
        self.footprints = footprints
        self.clients = clients
        self.logger = logger
        queue = coordinator.surroundings.queue("ember.reload")
    }

    public nonisolated var origin: ConfigurationOrigin { source.origin }

    /// Reads the configuration and serves it from now on.
    ///
    /// - Parameter isDry: only finds out what it would change.
    /// - Returns: what stays, and what does not.
    /// - Throws: why it is not taken; then nothing has changed.
    @discardableResult
    public func reload(isDry: Bool = false) async throws(ReloadProblem) -> ReloadPlan {
        let before = last
        let reload = coordinator.time.later { () async -> Result<ReloadPlan, ReloadProblem> in
            _ = await before?.value
            return await self.perform(isDry: isDry)
        }
        last = reload
        return try await reload.value.get()
    }

    // MARK: By itself

    private static let look = Duration.milliseconds(500)

    /// Reloads whenever that is ordered, or watched files have changed; ends once its task is cancelled.
    func follow() async {
        let watching = coordinator.time.later { await self.watch() }
        var seen = 0
        while let given = await source.orders.after(seen) {
            seen = given
            _ = try? await reload()
        }
        watching.cancel()
        await watching.value
    }

    private func watch() async {
        guard var watched = source.watched else { return }
        let time = coordinator.time
        while (try? await time.sleep(for: Self.look)) != nil {
            let now = await queue.run(watched.look)
            guard watched.takes(now, at: time.now) else { continue }
            logger.notice("the configuration's files have changed, and are read again")
            _ = try? await reload()
        }
    }

    // MARK: One reload

    private func perform(isDry: Bool) async -> Result<ReloadPlan, ReloadProblem> {
        do throws(ReloadProblem) {
            let next = try await read()
            let plan = ReloadPlan(from: configuration, to: next)
            if isDry {
                // What only shows when models are looked at is part of the answer.
                if plan.problem == nil { _ = try await prepare(next) }
                return .success(plan)
            }
            if let problem = plan.problem { throw ReloadProblem(problem) }
            guard !plan.isEmpty else {
                logger.notice("the configuration was read again: nothing has changed")
                return .success(plan)
            }
            try await apply(try await prepare(next), plan)
            return .success(plan)
        } catch {
            if !isDry { logger.error("the configuration is not reloaded", metadata: ["reason": "\(error)"]) }
            return .failure(error)
        }
    }

    private func read() async throws(ReloadProblem) -> Configuration {
        let reading = try await queue.run { [source] () throws(ReloadProblem) in try source.read() }
        for warning in reading.warnings { logger.warning("\(warning)") }
        return reading.configuration
    }

    /// What is read and computed before anything changes.
    private func prepare(_ next: Configuration) async throws(ReloadProblem) -> Reload {
        let fates = ModelFates(from: configuration, to: next)
        let ids = await coordinator.within { ReloadIDs(next, fates, for: $0) }
        return try await queue.run { [source, footprints, coordinator, clients] () throws(ReloadProblem) in
            let builder = DeploymentBuilder(
                next, at: ids.places, folders: source.folders, environment: source.environment,
                footprints: footprints, files: coordinator.surroundings.files)
            do throws(DeploymentError) {
                let models = try builder.servedModels()
                try builder.checkUpstreams()
                // Certificates are read here, not at the first request.
                for target in models.values.flatMap(\.clouds) { try? clients.prepare(target.upstream.way) }
                return Reload(
                    configuration: next, fates: fates, ids: ids, models: models, services: builder.serviceParts,
                    settings: try builder.plannerSettings(), budgets: builder.cloudBudgets())
            } catch {
                throw ReloadProblem(error.description)
            }
        }
    }

    private func apply(_ reload: Reload, _ plan: ReloadPlan) async throws(ReloadProblem) {
        guard await coordinator.within({ reload.take(plan, for: $0) }) else {
            throw ReloadProblem("Ember is shutting down")
        }
        keys.take(reload.configuration.access)
        configuration = reload.configuration
        for line in plan.lines { logger.notice("reloaded: \(line)") }
    }
}
