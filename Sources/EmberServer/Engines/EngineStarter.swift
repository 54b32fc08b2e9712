public import EmberEngine

/// A started engine, as far as the coordinator cares.
public protocol ResidentEngine: AnyObject, Sendable {
    /// The URL to which a path such as "/v1/models" is appended.
    var baseURL: String { get }
    /// The root of the engine's tree of processes; nil when it is none of this machine's.
    var rootProcess: Int32? { get }
    /// The process that holds the model; nil when it is none of this machine's.
    var engineProcess: Int32? { get }
    func stop() async
    /// Ends it at once; it saves nothing.
    func kill() async
    /// Ends it at once: it takes more memory than it can have.
    func endOverBudget() async
    /// Whether anything still takes connections at its address.
    func isListening() async -> Bool
    /// Waits for the engine's end; nil as soon as the waiting task is cancelled.
    func exitedUnlessCancelled() async -> EngineExit?
}

/// Brings a model's engine to life.
public protocol EngineStarter: Sendable {
    func start(_ model: ServedModel) async throws(EngineError) -> any ResidentEngine
}

extension ResidentEngine {
    public func isListening() async -> Bool { true }
}

extension RunningEngine: ResidentEngine {
    public var rootProcess: Int32? { guardPid }
    public var engineProcess: Int32? { enginePid }
}
