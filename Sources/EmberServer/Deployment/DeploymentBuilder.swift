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

    /// Reads the certificates that upstreams name; blocks meanwhile.
    public init(
        _ configuration: Configuration, folders: ConfigurationFolders, environment: [String: String],
        footprints: FootprintKeeper, files: any FileSystem
    ) {
        (self.configuration, self.environment) = (configuration, environment)
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
            costs: CostBuilder(configuration))
        services = ServiceBuilder(configuration)
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
    }

    /// Checks the ways to all upstreams, also of those that no model uses.
    public func checkUpstreams() throws(DeploymentError) { try models.upstreams.check() }

    /// Models whose files or programs are not good are served as such (`ServedModel.problem`).
    ///
    /// - Throws: `DeploymentError` for settings that contradict each other.
    public func build() throws(DeploymentError) -> Deployment {
        var served = Array<ServedModel?>(repeating: nil, count: configuration.models.count)
        var problems: [String] = []
        let gpus = try gpus()
        for (index, model) in configuration.models.enumerated() {
            if case .adapter = model.engine { continue }
            do throws(DeploymentError) {
                if let problem = gpus.problem(of: model, configuration.planning.memory.device, environment: environment)
                {
                    throw DeploymentError(problem)
                }
                let reading = try models.read(model)
                served[index] = reading.model
                for variant in reading.variants { served[variant.id.index] = variant.model }
            } catch {
                problems.append("models.\(model.name): \(error.description)")
            }
        }
        if let problem = services.embeddingProblem { problems.append(problem) }
        guard problems.isEmpty else { throw DeploymentError(problems.joined(separator: "\n")) }
        return Deployment(
            models: served.compactMap(\.self), services: services.specs, contexts: services.contexts,
            deadlines: services.deadlines, defaultService: configuration.access.defaultService)
    }

    public func plannerSettings() throws(DeploymentError) -> PlannerSettings {
        try PlannerSettings(configuration, gpus())
    }

    /// What models may use of each GPU.
    public func gpus() throws(DeploymentError) -> GPUBudgets {
        try GPUBudgets(configuration.planning.memory, models.edge.footprints.gpus, environment: environment)
    }

    public func cloudBudgets() -> CloudBudgets { services.budgets }
}

/// What keeps a checked configuration from being served, one line per model.
public struct DeploymentError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
