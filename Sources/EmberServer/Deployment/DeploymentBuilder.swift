public import EmberConfig
public import EmberCore
public import EmberSystem
import Logging

/// Turns a checked configuration into what Ember serves. Each part of it has a builder of its own.
public struct DeploymentBuilder: Sendable {
    private let configuration: Configuration
    private let models: ServedModelBuilder
    private let services: ServiceBuilder
    private let environment: [String: String]
    private let places: ModelPlaces
    /// Whether Ember starts with it, so that what GPUs hold is other programs'.
    private var isStart = true

    /// Reads the certificates that upstreams name; blocks meanwhile.
    public init(
        _ configuration: Configuration, folders: ConfigurationFolders, environment: [String: String],
        footprints: FootprintKeeper, files: any FileSystem
    ) {
        self.init(
            configuration, at: ModelPlaces(configuration), folders: folders, environment: environment,
            footprints: footprints, files: files)
    }

    /// - Parameter places: the ids of the models.
    init(
        _ configuration: Configuration, at places: ModelPlaces, folders: ConfigurationFolders,
        environment: [String: String], footprints: FootprintKeeper, files: any FileSystem
    ) {
        (self.configuration, self.environment) = (configuration, environment)
        self.places = places
        let edge = EdgeModelBuilder(configuration, footprints: footprints)
        let gpus = try? GPUBudgets(configuration.planning.memory, footprints.gpus, environment: environment)
        let budgets = gpus.flatMap { try? PlannerSettings(configuration, $0).devices }
        models = ServedModelBuilder(
            edge: edge,
            llamaServer: LlamaServerBuilder(
                edge: edge, folders: folders, environment: environment, files: files,
                memoryBudget: budgets?.max()),
            command: CommandBuilder(edge: edge, folders: folders, environment: environment, files: files),
            upstreams: UpstreamBuilder(configuration.cloud.upstreams, environment: environment),
            costs: CostBuilder(configuration), places: places)
        services = ServiceBuilder(configuration, places)
    }

    /// For those who look at what a configuration comes to, and serve nothing.
    ///
    /// - Parameter stateFolder: where it is remembered what models took; nil: their estimates count.
    public init(
        lookingAt configuration: Configuration, folders: ConfigurationFolders, environment: [String: String],
        stateFolder: String? = nil, _ surroundings: Surroundings
    ) {
        let footprints = FootprintKeeper(
            stateFolder: stateFolder, device: configuration.planning.memory.device, logger: Logger(label: "ember"),
            surroundings: surroundings)
        self.init(
            configuration, folders: folders, environment: environment, footprints: footprints,
            files: surroundings.files)
        isStart = false
    }

    /// Checks the ways to all upstreams, also of those that no model uses.
    public func checkUpstreams() throws(DeploymentError) { try models.upstreams.check() }

    /// Models whose files or programs are not good are served as such (`ServedModel.problem`).
    ///
    /// - Parameter stateKeys: of saved KV states; by default others than any before.
    /// - Throws: `DeploymentError` for settings that contradict each other.
    public func build(stateKeys: StateKeys = StateKeys()) throws(DeploymentError) -> Deployment {
        let served = try servedModels()
        return Deployment(
            models: configuration.models.compactMap { served[places[$0.name]] }, services: services.specs,
            contexts: services.contexts, deadlines: services.deadlines,
            defaultService: configuration.access.defaultService, stateKeys: stateKeys)
    }

    /// By their ids.
    func servedModels() throws(DeploymentError) -> [ModelID: ServedModel] {
        var served: [ModelID: ServedModel] = [:]
        var problems: [String] = []
        let gpus = try gpus()
        for model in configuration.models {
            if case .adapter = model.engine { continue }
            do throws(DeploymentError) {
                if let problem = gpus.problem(of: model, configuration.planning.memory.device, environment: environment)
                {
                    throw DeploymentError(problem)
                }
                let reading = try models.read(model)
                served[places[model.name]] = reading.model
                for variant in reading.variants { served[variant.id] = variant.model }
            } catch {
                problems.append("models.\(model.name): \(error.description)")
            }
        }
        if let problem = services.embeddingProblem { problems.append(problem) }
        guard problems.isEmpty else { throw DeploymentError(problems.joined(separator: "\n")) }
        return served
    }

    /// The services, in the order of the configuration.
    var serviceParts: ServiceBuilder { services }

    public func plannerSettings() throws(DeploymentError) -> PlannerSettings {
        try PlannerSettings(configuration, gpus())
    }

    /// What models may use of each GPU.
    public func gpus() throws(DeploymentError) -> GPUBudgets {
        try GPUBudgets(
            configuration.planning.memory, models.edge.footprints.gpus, environment: environment, countsOthers: isStart)
    }

    public func cloudBudgets() -> CloudBudgets { services.budgets }
}

/// What keeps a checked configuration from being served, one line per model.
public struct DeploymentError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
