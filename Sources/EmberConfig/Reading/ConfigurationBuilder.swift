import EmberCore
import EmberDocument

/// Makes a configuration of what was read: resolves paths and references, and checks settings against each other.
struct ConfigurationBuilder {
    let draft: ServerDraft
    let folders: ConfigurationFolders
    let files: ConfigurationFiles
    var reading: Reading
    private var paths: PathResolver

    init(
        draft: ServerDraft, folders: ConfigurationFolders, files: ConfigurationFiles, reading: Reading
    ) {
        self.draft = draft
        self.folders = folders
        self.files = files
        self.reading = reading
        paths = PathResolver(folders: folders, modelsFolder: nil)
    }

    /// The configuration, good only if `reading` has no issues afterwards.
    mutating func build() -> Configuration {
        let modelsFolder = modelsFolder()
        paths = PathResolver(folders: folders, modelsFolder: modelsFolder)
        checkListen()
        checkAccess()
        checkPolicy()
        checkBodies()
        let services = services()
        checkStandIns(services)
        let serviceNames = services.map(\.name)
        References.check(
            draft.access.defaultService, "service", among: serviceNames, at: path("default_service"), &reading)
        var access = AccessBuilder(paths: paths, files: files, reading: reading)
        let keys = access.keys(draft.access.keys, services: serviceNames)
        let upstreams = access.upstreams(draft.cloud.upstreams)
        reading = access.reading
        let models = models()
        checkPrices(models, upstreams)
        return Configuration(
            network: draft.network, bodies: draft.bodies,
            files: FileConfiguration(llamaServer: llamaServer(), modelsFolder: modelsFolder), planning: draft.planning,
            cloud: CloudConfiguration(upstreams: upstreams, order: draft.cloud.order, budget: draft.cloud.budget),
            events: draft.events, metrics: draft.metrics, log: draft.log, context: context(),
            access: AccessConfiguration(services: services, defaultService: draft.access.defaultService, keys: keys),
            models: models)
    }

    private mutating func context() -> ContextConfiguration {
        var context = draft.context
        let at = path("context")
        context.stateFolder = context.stateFolder.map { resolve($0, at: at.appending("state_dir")) }
        if let name = context.embeddingModel {
            References.check(
                name, "model", among: draft.models.map(\.name), at: at.appending("embedding_model"), &reading)
        } else {
            warnAboutBlindSelections()
        }
        return context
    }

    private mutating func warnAboutBlindSelections() {
        for service in draft.access.services where service.context != .off && service.selection.needsEmbedding {
            reading.warn(
                path("services").appending(service.name),
                "selection: \(service.selection) needs context.embedding_model to know what is near; without it the "
                    + "newest demonstrations are taken")
        }
    }

    private func path(_ key: String) -> SettingPath { SettingPath.root.appending(key) }

    mutating func modelsFolder() -> String {
        guard let stated = draft.files.modelsFolder else { return folders.defaultModels }
        return resolve(stated, at: ServerTable.modelsFolder)
    }

    private mutating func llamaServer() -> String? {
        draft.files.llamaServer.map { resolve($0, at: path("llama_server")) }
    }

    /// Paths of the file start at its folder, paths of flags and variables where the program was started.
    private mutating func resolve(_ text: String, at path: SettingPath) -> String {
        let isInFile = reading.place(of: path).line != nil
        return paths.resolve(text, relativeTo: isInFile ? folders.configuration : folders.working, at: path, &reading)
    }

    private mutating func checkListen() {
        guard !draft.network.listen.isLocal, draft.access.keys.isEmpty, !draft.network.allowsUnauthenticated else {
            return
        }
        let shown = reading.shown(draft.network.listen.text, at: path("listen"))
        reading.report(
            path("listen"),
            "\(shown) can be reached from other machines, but no keys are configured; "
                + "add keys, listen on 127.0.0.1 or set allow_unauthenticated: true"
        )
    }

    private mutating func checkAccess() {
        let connections = draft.network.connections
        let perAddress = path("connections").appending("limit_per_address")
        if let limit = connections.limitPerAddress, limit > connections.limit {
            reading.report(perAddress, "\(limit) is more than limit allows in all; write \(connections.limit) or less")
        }
        if draft.network.cors.origins.contains(.any), draft.access.keys.isEmpty {
            reading.warn(
                path("cors").appending("origins"),
                "* lets every web page that a user of this machine opens use the server; add keys, or list origins")
        }
    }

    private mutating func checkPolicy() {
        let shown = reading.shown(draft.planning.policy, at: path("policy"))
        let name = draft.planning.policy.prefix { $0 != ":" }
        guard PolicyCatalog.entry(named: String(name)) != nil else {
            let suggestion = Suggestion.phrase(for: String(name), among: PolicyCatalog.names)
            let fix = suggestion.isEmpty ? "; write one of \(PolicyCatalog.names.joined(separator: ", "))" : suggestion
            return reading.report(path("policy"), "\(shown) is not a policy\(fix)")
        }
        do throws(PolicyError) { _ = try PolicyCatalog.entry(draft.planning.policy) } catch {
            reading.report(path("policy"), "\(shown) is not a policy; \(error)")
        }
    }

    /// A body that is allowed must fit where it is alone.
    private mutating func checkBodies() {
        let largest = draft.bodies.largestBytes
        for (key, bytes) in [
            ("limit", draft.bodies.inFlight.limitBytes), ("per_tenant", draft.bodies.inFlight.perTenantBytes),
        ] {
            guard let bytes, bytes < largest else { continue }
            reading.report(
                path("bodies").appending(key),
                "\(bytes) bytes are less than one body may have, \(largest) bytes; raise it, or lower max_body "
                    + "and max_body_of")
        }
    }

    /// A budget counts by prices alone.
    private mutating func checkPrices(_ models: [ModelConfiguration], _ upstreams: [UpstreamConfiguration]) {
        let used = Set(models.flatMap(\.upstreams))
        let unpriced = upstreams.filter { used.contains($0.name) && !$0.hasPrices }.map(\.name)
        var budgets = draft.access.services.filter { $0.budget.isSet && !$0.isLocalOnly }.map {
            path("services").appending($0.name).appending("budget")
        }
        if draft.cloud.budget.isSet { budgets.append(path("budget")) }
        guard !unpriced.isEmpty, !budgets.isEmpty else { return }
        let fix =
            "write upstreams.\(unpriced[0]).prices: {input: ..., output: ...} (a million tokens; 0 for what is free)"
        // Where others have prices, it counts those alone (`Configuration.uncountedUpstreams`).
        if upstreams.contains(where: { used.contains($0.name) && $0.hasPrices }) { return }
        for budget in budgets { reading.report(budget, "has nothing to count by: no upstream has prices; \(fix)") }
    }

    private func services() -> [ServiceConfiguration] {
        let hasDefault = draft.access.services.contains { $0.name == "default" }
        return hasDefault ? draft.access.services : [ServiceConfiguration()] + draft.access.services
    }

    private mutating func checkStandIns(_ services: [ServiceConfiguration]) {
        let names = draft.models.map(\.name)
        let variants = Set(draft.models.filter { $0.engine.adapter.path != nil }.map(\.name))
        for service in services {
            let place = path("services").appending(service.name).appending("stand_ins")
            for (index, name) in service.standIns.enumerated() {
                let at = place.appending(index: index)
                References.check(name, "model", among: names, at: at, &reading)
                if variants.contains(name) {
                    reading.report(
                        at, "\(reading.shown(name, at: at)) is a variant (lora); name a model of its own weights")
                }
            }
        }
    }

    private mutating func models() -> [ModelConfiguration] {
        var builder = ModelBuilder(
            defaults: draft.defaults, upstreams: draft.cloud.upstreams.map(\.name), names: draft.models.map(\.name),
            paths: paths, reading: reading
        )
        let models = draft.models.compactMap { builder.model($0) }
        reading = builder.reading
        if draft.models.isEmpty, !reading.isStated(path("models")) {
            reading.report(.root, "no models are configured; add models: with a name and its path below it")
        } else if draft.models.isEmpty, reading.problems.issues.isEmpty {
            reading.report(path("models"), "has no model; add a name and its path below it")
        }
        ModelNames.check(draft.models, defaults: path("defaults"), &reading)
        return models
    }
}
