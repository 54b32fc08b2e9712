import EmberConfig
import EmberCore
import EmberEngine
import EmberSystem

@testable import EmberServer

/// A coordinator over fake engines, with what a test watches it by.
struct Station {
    let starter: FakeStarter
    let coordinator: Coordinator
    let audit = PlannerAudit()
    let service = ServiceID(0)

    /// - Parameter budget: in the same unit as the models' footprints.
    init(
        _ models: [ServedModel], services: [ServiceSpec] = [ServiceSpec(name: "default")],
        contexts: [ServiceContext] = [], budget: Int = 100,
        policy: String = "lru", engineURL: String = "http://127.0.0.1:1", energy: EnergyKeeper? = nil,
        metrics: MetricsConfiguration? = MetricsConfiguration(), budgets: CloudBudgets = CloudBudgets(),
        stateFolder: String? = nil, surroundings: Surroundings = .system,
        settings change: (inout PlannerSettings) -> Void = { _ in }
    ) throws {
        var settings = PlannerSettings(budget: Bytes(budget))
        settings.failures.backoffSeconds = 0.02
        settings.queue.gateWaitSeconds = 0
        // How long a load takes on a busy machine is not to decide what happens next.
        settings.queue.residencyPerLoad = 0
        settings.recordsDecisions = true
        try self.init(
            Deployment(models: models, services: services, contexts: contexts), settings, policy: policy,
            engineURL: engineURL, energy: energy, metrics: metrics, budgets: budgets, stateFolder: stateFolder,
            surroundings: surroundings, settings: change)
    }

    init(
        _ deployment: Deployment, _ settings: PlannerSettings, policy: String = "lru",
        engineURL: String = "http://127.0.0.1:1", energy: EnergyKeeper? = nil,
        metrics: MetricsConfiguration? = MetricsConfiguration(), budgets: CloudBudgets = CloudBudgets(),
        stateFolder: String? = nil, surroundings: Surroundings = .system,
        settings change: (inout PlannerSettings) -> Void = { _ in }
    ) throws {
        var settings = settings
        change(&settings)
        guard let entry = PolicyCatalog.entry(named: policy) else { throw UnknownPolicy(name: policy) }
        starter = FakeStarter(baseURL: engineURL)
        coordinator = Coordinator(
            deployment: deployment,
            planner: AuditedPlanner(base: entry.planner(for: deployment.catalogue, settings: settings), audit: audit),
            starter: starter,
            footprints: FootprintKeeper(
                stateFolder: nil, device: .ram, logger: quietLogger, surroundings: .system),
            energy: energy, meters: metrics.map { ServerMeters($0, deployment, surroundings.time) },
            budgets: budgets, stateFolder: stateFolder, logger: quietLogger, surroundings: surroundings)
    }

    struct UnknownPolicy: Error { let name: String }

    func id(_ model: String) -> ModelID { coordinator.deployment.model(named: model)! }

    func admit(_ model: String) async -> AdmissionResult {
        await coordinator.admit(service: service, model: id(model))
    }

    /// Admits a request and waits until it is decided where it runs.
    func run(_ model: String) async -> (ticket: Ticket, outcome: Outcome?) {
        let admission = await admit(model)
        if let outcome = admission.outcome { return (admission.ticket, outcome) }
        return (admission.ticket, await outcome(of: admission.ticket))
    }

    /// nil when it is not decided within the tests' patience.
    func outcome(of ticket: Ticket) async -> Outcome? {
        await value { [coordinator] in await coordinator.outcome(of: ticket) }
    }

    func view(of model: String) async -> StateView.Model {
        await coordinator.state().models.first { $0.name == model }!
    }

    func becomes(_ status: ModelStatus, _ model: String) async -> Bool {
        await eventually { await view(of: model).status == status }
    }

    /// Whether nothing runs and nothing waits, in the planner's eyes and in the audit's.
    func isIdle() async -> Bool {
        let state = await coordinator.state()
        return state.queue.waiting == 0 && state.models.allSatisfy { $0.inFlight == 0 && $0.waiting == 0 }
            && audit.liveCount == 0
    }
}

/// A model that the fake starter can start.
func edgeModel(
    _ name: String, bytes: Int = 60, parallel: Int = 1, aliases: [String] = [], cloud: CloudTarget? = nil,
    isPreloaded: Bool = false, isPinned: Bool = false
) -> ServedModel {
    ServedModel(
        spec: ModelSpec(name: name, residentBytes: Bytes(bytes), parallel: parallel, isPinned: isPinned),
        aliases: aliases, engine: EngineSpec(name: name, launch: .command(["none"])),
        clouds: cloud.map { [$0] } ?? [],
        isPreloaded: isPreloaded, footprint: FootprintBasis(arithmetic: "declared"))
}

func cloudModel(_ name: String, _ target: CloudTarget) -> ServedModel {
    ServedModel(spec: ModelSpec(name: name, placement: .cloud), clouds: [target])
}

extension CloudTarget {
    /// An upstream at `url`, which ends in "/v1".
    static func at(
        _ url: String, model: String = "big", key: String? = nil, name: String = "sky", timeoutSeconds: Double = 20
    ) -> CloudTarget {
        CloudTarget(
            upstream: RemoteEngine(
                name: name, baseURL: url, key: key.map { Secret($0) }, timeoutSeconds: timeoutSeconds),
            model: model)
    }
}

extension Outcome? {
    var route: EdgeRoute? {
        if case .edge(let route) = self { route } else { nil }
    }

    var engine: FakeEngine? { route?.engine as? FakeEngine }

    var refusal: Refusal? {
        if case .refused(let refusal) = self { refusal } else { nil }
    }

    var rejection: Rejection? {
        if case .rejected(let rejection) = refusal?.reason { rejection } else { nil }
    }

    var isShuttingDown: Bool {
        refusal?.reason.isShuttingDown == true
    }

    var isClientGone: Bool {
        if case .clientGone = refusal?.reason { true } else { false }
    }

    var offload: (target: CloudTarget, reason: OffloadReason)? {
        if case .cloud(let target, let reason) = self { (target, reason) } else { nil }
    }
}

extension Refusal.Reason {
    var isShuttingDown: Bool {
        if case .shuttingDown = self { true } else { false }
    }
}

extension Result where Failure == Refusal {
    var refusal: Refusal? {
        if case .failure(let refusal) = self { refusal } else { nil }
    }
}

// What the coordinator's parts do, in the tests' short form.
extension Coordinator {
    @discardableResult
    func load(_ model: ModelID) -> Result<ModelChange, Refusal> { engines.changes.load(model, for: self) }

    @discardableResult
    func unload(_ model: ModelID) -> ModelChange { engines.changes.unload(model, for: self) }

    func preload() { engines.changes.preload(for: self) }

    func awaitChange(
        _ wish: ChangeWaits.Wish, of model: ModelID, within seconds: Double?
    ) async -> Result<ModelChange, Refusal> {
        await engines.changes.awaitChange(wish, of: model, within: seconds, for: self)
    }

    var awaitsNoChange: Bool { engines.changes.waits.isEmpty }

    @discardableResult
    func confirm(_ route: EdgeRoute) async -> EngineExit? { await engines.confirm(route, for: self) }

    func killLeavingEngines() async { await engines.killLeavingEngines(for: self) }

    func noteUnusable() { engines.files.noteUnusable(for: self) }

    func lookAtFiles() { engines.files.lookAtAll(for: self) }

    func look(at model: Int) async { await engines.files.look(at: model, for: self) }
}
