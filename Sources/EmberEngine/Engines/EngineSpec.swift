/// What must be known to run one model's engine as a child process.
public struct EngineSpec: Sendable {
    /// The kinds of child process.
    public enum Launch: Sendable {
        case llamaServer(LlamaServerOptions)
        /// Any program that serves HTTP on `${socket}` or on the loopback port `${port}`.
        case command([String])
    }

    /// The model's name: in messages, and what llama-server calls the model in its answers.
    public var name: String
    public var launch: Launch
    /// The path that answers 200 when the engine is ready.
    public var healthPath: String
    public var startTimeoutSeconds: Double
    /// How long the engine may take to end after SIGTERM before it is killed.
    public var stopGraceSeconds: Double
    /// Variables beside those inherited from Ember; values may hold the same placeholders as a command.
    public var environment: [String: String]
    /// nil: Ember's own.
    public var workingDirectory: String?
    public var watchdog: Watchdog
    /// nil: whatever the machine has.
    public var gpus: EngineGPUs?

    /// - Parameter watchdog: nil for what suits the kind of engine.
    public init(
        name: String,
        launch: Launch,
        healthPath: String = "/health",
        startTimeoutSeconds: Double = 120,
        stopGraceSeconds: Double = 10,
        environment: [String: String] = [:],
        workingDirectory: String? = nil,
        watchdog: Watchdog? = nil
    ) {
        self.name = name
        self.launch = launch
        self.healthPath = healthPath
        self.startTimeoutSeconds = startTimeoutSeconds
        self.stopGraceSeconds = stopGraceSeconds
        self.environment = environment
        self.workingDirectory = workingDirectory
        switch launch {
        case .llamaServer: self.watchdog = watchdog ?? .strict
        case .command: self.watchdog = watchdog ?? .patient
        }
    }
}
