import EmberSystem

/// An engine's command with all placeholders filled in, and the address where it will listen.
struct LaunchPlan {
    let command: ChildCommand
    let address: EngineAddress

    init(spec: EngineSpec, directories: EngineDirectories, socketPath: String) throws(EngineError.Problem) {
        switch spec.launch {
        case .llamaServer(let options):
            address = .unixSocket(path: socketPath)
            let fill = Self.placeholders(for: address, directories: directories)
            command = Self.command(
                [options.program] + options.arguments(model: spec.name, socketPath: socketPath, spec.gpus),
                defaults: LlamaServerOptions.environment, spec: spec, fill: fill)
        case .command(let words):
            address = try Self.address(for: words + spec.environment.values, socketPath: socketPath)
            let fill = Self.placeholders(for: address, directories: directories)
            command = Self.command(words.map(fill.expand), defaults: [:], spec: spec, fill: fill)
        }
        guard !command.program.isEmpty else {
            throw .badSpecification("command is empty: give a program and its arguments")
        }
    }

    private static func address(
        for texts: [String], socketPath: String
    ) throws(EngineError.Problem) -> EngineAddress {
        if Placeholders.uses(Placeholders.socket, in: texts) { return .unixSocket(path: socketPath) }
        if Placeholders.uses(Placeholders.port, in: texts) { return .loopback(port: try LoopbackPort.free()) }
        throw .badSpecification(
            "neither command nor env says where to listen: pass the program ${socket} (a path) or ${port}")
    }

    private static func placeholders(for address: EngineAddress, directories: EngineDirectories) -> Placeholders {
        var values = ["models_dir": directories.models, "cache_dir": directories.cache]
        switch address {
        case .unixSocket(let path): values[Placeholders.socket] = path
        case .loopback(let port): values[Placeholders.port] = String(port)
        }
        return Placeholders(values: values)
    }

    private static func command(
        _ words: [String], defaults: [String: String], spec: EngineSpec, fill: Placeholders
    ) -> ChildCommand {
        ChildCommand(
            program: words.first ?? "",
            arguments: Array(words.dropFirst()),
            environment: defaults.merging(spec.environment.mapValues(fill.expand)) { _, given in given }
                .merging(spec.gpus?.environment ?? [:]) { _, chosen in chosen },
            workingDirectory: spec.workingDirectory,
            stopGraceSeconds: spec.stopGraceSeconds)
    }
}
