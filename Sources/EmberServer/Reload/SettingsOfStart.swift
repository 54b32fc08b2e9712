import EmberConfig

/// What a server reads at its start only: its sockets, its files and folders, and what all engines have in common.
enum SettingsOfStart {
    /// The keys of those that differ.
    static func changed(from old: Configuration, to new: Configuration) -> [String] {
        var changed: [String] = []
        func check<Value: Equatable>(_ key: String, _ value: (Configuration) -> Value) {
            if value(old) != value(new) { changed.append(key) }
        }
        check("listen") { $0.network.listen }
        check("allow_unauthenticated") { $0.network.allowsUnauthenticated }
        check("allowed_hosts") { $0.network.allowedHosts }
        check("cors") { $0.network.cors }
        check("connections") { $0.network.connections }
        check("max_body") { $0.bodies.maxBytes }
        check("max_body_of") { $0.bodies.maxima }
        check("bodies") { $0.bodies.inFlight }
        check("drain_timeout") { $0.network.drainTimeoutSeconds }
        check("ping_interval") { $0.network.pingIntervalSeconds }
        check("llama_server") { $0.files.llamaServer }
        check("models_dir") { $0.files.modelsFolder }
        check("seed") { $0.planning.seed }
        check("memory.device") { $0.planning.memory.device }
        check("memory.gpu_budgets") { $0.planning.memory.gpuBudgets }
        // What other programs hold of a GPU is found out before there are engines.
        if old.planning.memory.device == .gpu, new.planning.memory.device == .gpu {
            check("memory.budget (with memory.device: gpu)") { $0.planning.memory.budget }
        }
        check("weights") { $0.planning.weights }
        check("energy") { $0.planning.energy }
        check("events") { $0.events }
        check("context") { $0.context }
        check("keys (from none to some, or back)") { $0.access.keys.isEmpty }
        check("keys (from one tenant to several, or back)") { $0.access.tenants.count > 1 }
        check("services.*.context (from off everywhere to on, or back)") { $0.usesDemonstrations }
        return changed
    }
}

/// What is neither a model, a service, a key nor an upstream, and can be changed while the server runs.
enum ReloadableSettings {
    /// The keys of those that differ.
    static func changed(from old: Configuration, to new: Configuration) -> [String] {
        var changed: [String] = []
        func check<Value: Equatable>(_ key: String, _ value: (Configuration) -> Value) {
            if value(old) != value(new) { changed.append(key) }
        }
        if new.planning.memory.device == .ram { check("memory.budget") { $0.planning.memory.budget } }
        check("memory.prefetch") { $0.planning.memory.prefetchSeconds }
        check("queue") { $0.planning.queue }
        check("policy") { $0.planning.policy }
        check("budget") { $0.cloud.budget }
        check("upstream_order") { $0.cloud.order }
        check("default_service") { $0.access.defaultService }
        return changed
    }
}
