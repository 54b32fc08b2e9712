/// The `options` of a request: what of them goes to the engine, and by which name.
///
/// Those that belong to a load (`num_gpu`, `num_thread` and others) are the configuration's to say and count for
/// nothing here, as do unknown ones in Ollama; docs/ollama.md lists them.
struct OllamaOptions {
    private let members: JSONMembers

    /// By Ollama's name, the engine's.
    private static let numbers: [(name: String, engines: StaticString)] = [
        ("temperature", "temperature"), ("top_k", "top_k"), ("top_p", "top_p"), ("min_p", "min_p"),
        ("typical_p", "typical_p"), ("repeat_last_n", "repeat_last_n"), ("repeat_penalty", "repeat_penalty"),
        ("presence_penalty", "presence_penalty"), ("frequency_penalty", "frequency_penalty"), ("seed", "seed"),
        ("mirostat", "mirostat"), ("mirostat_tau", "mirostat_tau"), ("mirostat_eta", "mirostat_eta"),
        ("num_keep", "n_keep"),
    ]

    /// - Parameter value: nil: the request has none.
    init?(_ value: JSONMembers.Value?) throws {
        guard let value else { return nil }
        guard value.isObject else { throw APIError.wrongType("options", "an object") }
        members = try JSONMembers(value)
    }

    func write(to body: inout JSONObjectText) throws {
        for (name, engines) in Self.numbers {
            guard let value = members[name] else { continue }
            guard value.isNumber else { throw APIError.wrongOption(name, "a number") }
            body.add(engines, json: value)
        }
        if let value = members["num_predict"] {
            guard let tokens = value.integer else { throw APIError.wrongOption("num_predict", "a number") }
            // All others mean: as many as it takes.
            if tokens > 0 { body.add("max_tokens", tokens) }
        }
        if let value = members["stop"] {
            guard value.isString || value.isArray else { throw APIError.wrongOption("stop", "an array of strings") }
            body.add("stop", json: value)
        }
    }

    /// A window is a part of the model's load: a request cannot have a larger one.
    ///
    /// - Parameter window: of each request; nil: it is not known.
    func check(window: Int?, of model: String) throws {
        guard let value = members["num_ctx"] else { return }
        guard let asked = value.integer else { throw APIError.wrongOption("num_ctx", "a number") }
        guard let window, asked > window else { return }
        throw APIError.invalidRequest(
            "num_ctx \(asked) is more than the \(window) tokens that each request of '\(model)' has. Raise the model's "
                + "'context' in Ember's configuration (its 'parallel' requests share it), or ask for less.",
            param: "options.num_ctx", code: "context_not_configured")
    }
}

extension APIError {
    fileprivate static func wrongOption(_ name: String, _ type: String) -> APIError {
        .invalidRequest("option \"\(name)\" must be \(type)", param: "options.\(name)")
    }
}
