public import EmberEngine
public import EmberSystem
public import Logging

/// Starts engines as guarded child processes.
public struct ChildEngineStarter: EngineStarter {
    private let directories: EngineDirectories
    private let outputs: EngineOutputs
    private let logger: Logger
    private let surroundings: Surroundings

    public init(
        directories: EngineDirectories, outputs: EngineOutputs, logger: Logger, surroundings: Surroundings
    ) {
        self.directories = directories
        self.outputs = outputs
        self.logger = logger
        self.surroundings = surroundings
    }

    public func start(_ model: ServedModel) async throws(EngineError) -> any ResidentEngine {
        guard let spec = model.engine else {
            preconditionFailure("the planner loads only models that have an engine")
        }
        var logger = logger
        logger[metadataKey: "model"] = "\(model.name)"
        let process = EngineProcess(
            spec: spec, directories: directories, logger: logger, surroundings: surroundings
        ) { [outputs] in outputs.append($0, of: model.name) }
        do {
            return try await process.start()
        } catch  where error.mayBePortConflict {
            // The port was free when it was chosen; another program may have taken it since.
            logger.notice("\(error); trying again with another port")
            return try await process.start()
        }
    }
}
