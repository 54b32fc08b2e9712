import EmberConfig

/// The keys in which two configurations differ.
private struct ChangedKeys {
    private let old: Configuration
    private let new: Configuration
    private(set) var keys: [String] = []

    init(_ old: Configuration, _ new: Configuration) { (self.old, self.new) = (old, new) }

    mutating func check<Value: Equatable>(_ key: String, _ value: (Configuration) -> Value) {
        if value(old) != value(new) { keys.append(key) }
    }
}

/// What a server reads at its start only: its sockets, its files and folders, and what all engines have in common.
enum SettingsOfStart {
    /// The keys of those that differ.
    static func changed(from old: Configuration, to new: Configuration) -> [String] {
        var changed = ChangedKeys(old, new)
        changed.check("listen") { $0.network.listen }
        changed.check("allow_unauthenticated") { $0.network.allowsUnauthenticated }
        changed.check("allowed_hosts") { $0.network.allowedHosts }
        changed.check("cors") { $0.network.cors }
        changed.check("connections") { $0.network.connections }
        changed.check("max_body") { $0.bodies.maxBytes }
        changed.check("max_body_of") { $0.bodies.maxima }
        changed.check("bodies") { $0.bodies.inFlight }
        changed.check("drain_timeout") { $0.network.drainTimeoutSeconds }
        changed.check("ping_interval") { $0.network.pingIntervalSeconds }
        changed.check("llama_server") { $0.files.llamaServer }
        changed.check("models_dir") { $0.files.modelsFolder }
        changed.check("seed") { $0.planning.seed }
        changed.check("memory.device") { $0.planning.memory.device }
        changed.check("memory.gpu_budgets") { $0.planning.memory.gpuBudgets }
        // What other programs hold of a GPU is found out before there are engines.
        if old.planning.memory.device == .gpu, new.planning.memory.device == .gpu {
            changed.check("memory.budget (with memory.device: gpu)") { $0.planning.memory.budget }
        }
        changed.check("weights") { $0.planning.weights }
        changed.check("energy") { $0.planning.energy }
        changed.check("events") { $0.events }
        changed.check("metrics") { $0.metrics }
        changed.check("log") { $0.log }
        changed.check("context") { $0.context }
        changed.check("keys (from none to some, or back)") { $0.access.keys.isEmpty }
        changed.check("keys (from one tenant to several, or back)") { $0.access.tenants.count > 1 }
        changed.check("services.*.context (from off everywhere to on, or back)") { $0.usesDemonstrations }
        return changed.keys
    }
}

/// What is neither a model, a service, a key nor an upstream, and can be changed while the server runs.
enum ReloadableSettings {
    /// The keys of those that differ.
    static func changed(from old: Configuration, to new: Configuration) -> [String] {
        var changed = ChangedKeys(old, new)
        if new.planning.memory.device == .ram { changed.check("memory.budget") { $0.planning.memory.budget } }
        changed.check("memory.prefetch") { $0.planning.memory.prefetchSeconds }
        changed.check("queue") { $0.planning.queue }
        changed.check("policy") { $0.planning.policy }
        changed.check("budget") { $0.cloud.budget }
        changed.check("upstream_order") { $0.cloud.order }
        changed.check("default_service") { $0.access.defaultService }
        return changed.keys
    }
}
