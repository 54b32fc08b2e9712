import EmberConfig
import EmberCore
import EmberServer
import NIOCore

/// What `ember serve` prints when it is ready: where, what, and what to try.
struct StartBanner {
    let deployment: Deployment
    let settings: PlannerSettings
    let policy: String
    let gpus: [GPUBudgets.GPU]

    /// Models that the budget of energy does not bind.
    ///
    /// - Parameter isMeasured: whether the machine says what it takes.
    func energyWarning(isMeasured: Bool) -> String? {
        let unknown = deployment.models.filter { $0.engine != nil && $0.spec.costs.joulesPerToken == 0 }.map(\.name)
        guard settings.energy.budget != nil, !isMeasured, !unknown.isEmpty else { return nil }
        return
            "energy.budget does not count what \(unknown.joined(separator: ", ")) takes: this machine's energy is not "
            + "measured, and no costs.joules say what a token takes"
    }

    func text(address: SocketAddress?, listen: ListenAddress) -> String {
        let base = base(address, listen)
        let local = deployment.models.filter { $0.engine != nil }
        let sum = local.reduce(Bytes.zero) { $0 + $1.expectedBytes }
        let rows = deployment.models.map { model in
            [
                "  " + model.name, model.spec.kind.rawValue,
                model.engine == nil ? "cloud" : model.problem == nil ? model.expectedBytes.megabytes : "failed",
            ] + (hasSeveralGPUs ? [place(of: model)] : [])
        }
        let columns = ["  MODEL", "KIND", "MEMORY"] + (hasSeveralGPUs ? ["GPU"] : [])
        let table = Table(columns: columns, rows: rows).text
        return """
            Ember \(EmberVersion.current) listens on \(base)
            Memory budget \(settings.budget.megabytes); all local models together \(sum.megabytes). Policy \(policy).\(gpuLines)
            \(table)
            Try:
              \(request(base, listen))
            Or ask on the command line: ember run \(example) "What is the capital of France?"\(option(address, listen))
            See what is in memory: ember ps\(option(address, listen))
            """
    }

    private var hasSeveralGPUs: Bool { settings.devices.count > 1 }

    private var gpuLines: String {
        guard hasSeveralGPUs else { return "" }
        return gpus.enumerated().map { index, gpu in
            if let problem = gpu.problem { return "\n  GPU \(index) is not used: \(problem)" }
            return "\n  GPU \(index), \(gpu.name): budget \(gpu.budget.megabytes) of \(gpu.total.megabytes), "
                + "\(gpu.others.megabytes) held by other programs"
        }.joined()
    }

    private func place(of model: ServedModel) -> String {
        guard model.engine != nil, model.problem == nil, model.spec.base == nil else { return "-" }
        return model.spec.placeText(settings.devices) ?? "never fits"
    }

    func base(_ address: SocketAddress?, _ listen: ListenAddress) -> String {
        guard case .tcp(let host, let port) = listen else { return listen.text }
        let shown = host.contains(":") ? "[\(host)]" : host
        return "http://\(shown):\(address?.port ?? port)"
    }

    /// A model to try.
    private var example: String {
        deployment.models.first { $0.spec.kind != .vision && $0.problem == nil }?.name ?? deployment.models[0].name
    }

    /// By which commands find this Ember, where it does not listen in the usual place.
    private func option(_ address: SocketAddress?, _ listen: ListenAddress) -> String {
        guard listen != NetworkConfiguration().listen else { return "" }
        return " --listen " + base(address, listen).replacing("http://", with: "")
    }

    private func request(_ base: String, _ listen: ListenAddress) -> String {
        let target =
            if case .unix(let path) = listen { "--unix-socket \(path) http://localhost" } else { base }
        return """
            curl \(target)/v1/chat/completions -H 'content-type: application/json' \\
                -d '{"model": "\(example)", "max_tokens": 32, "temperature": 0, "messages": [{"role": "user",
                "content": "What is the capital of France? Answer in one word."}]}'
            """
    }
}
