import EmberCore
import EmberModels

/// A configured model as Ollama's API describes it.
struct OllamaModel: Sendable {
    let served: ServedModel
    let facts: OllamaFacts
    /// The name of the model whose variant it is.
    let base: String?

    var details: OllamaDetails { OllamaDetails(facts.header, base: base) }

    /// Tells models and states of their files apart, in the form of Ollama's digests; it is none of their contents.
    var digest: String {
        let parts = [served.name, String(facts.bytes), facts.modified.map { "\($0)" } ?? ""]
        return Digest.hex(parts + served.abilities.kinds.map(\.rawValue).sorted(), bytes: 32)
    }

    /// - Parameter started: for a model that has no file; in seconds since 1970.
    func modified(orElse started: Double) -> String { OllamaTime.text(of: facts.modified ?? started) }

    var capabilities: [String] {
        let kinds = served.abilities.kinds
        // Of a server elsewhere nothing is known that it could not do.
        let isKnown = facts.template != nil || served.abilities.isLlamaServer
        let isChat = kinds.contains(.chat) || kinds.contains(.completions)
        var capabilities: [String] = []
        if isChat { capabilities.append("completion") }
        if kinds.contains(.embeddings), !isChat { capabilities.append("embedding") }
        guard isChat else { return capabilities }
        if isKnown, served.abilities.pictures != .none { capabilities.append("vision") }
        if !isKnown || has("tools") { capabilities.append("tools") }
        if has("<think>") || has("enable_thinking") || has("reasoning_effort") { capabilities.append("thinking") }
        return capabilities
    }

    private func has(_ word: String) -> Bool { facts.template?.contains(word) ?? false }

    /// The tokens of each request; 0: not known.
    var window: Int { served.abilities.window?.tokens ?? 0 }

    func view(started: Double) -> OllamaModelView {
        var info = (facts.header?.metadata ?? [:]).mapValues(OllamaInfo.init)
        // As Ollama has it: these have members of their own.
        for key in ["tokenizer.chat_template", "general.name"] { info[key] = nil }
        if let header = facts.header {
            info["general.parameter_count"] = OllamaInfo(value: .integer(header.parameterCount))
        }
        var license: String?
        if case .string(let text)? = facts.header?.metadata["general.license"] { license = text }
        return OllamaModelView(
            modelfile: "# Models are declared in Ember's configuration; this one is '\(served.name)'.\n"
                + "FROM \(OllamaName.listed(served.name))\n",
            parameters: window > 0 ? "num_ctx                        \(window)" : "",
            template: facts.template ?? "", license: license, details: details, modelInfo: info,
            capabilities: capabilities, modifiedAt: modified(orElse: started))
    }

    func entries(started: Double) -> [OllamaTags.Entry] {
        ([served.name] + served.aliases).map(OllamaName.listed).map { name in
            OllamaTags.Entry(
                name: name, model: name, modifiedAt: modified(orElse: started), size: facts.bytes, digest: digest,
                details: details, capabilities: capabilities)
        }
    }

    func entry(_ use: OllamaUse) -> OllamaResidents.Entry {
        let name = OllamaName.listed(served.name)
        return OllamaResidents.Entry(
            name: name, model: name, size: use.bytes, digest: digest, details: details, expiresAt: use.expires,
            sizeVram: use.bytesOnGPU, contextLength: window)
    }
}

/// What a model in memory takes, and until when it stays if it is not used.
struct OllamaUse: Sendable {
    let served: ServedModel
    let bytes: Int
    let bytesOnGPU: Int
    let expires: String

    /// All of them. O(models).
    ///
    /// - Parameter wallSeconds: the present, since 1970.
    static func all(in coordinator: isolated Coordinator, at wallSeconds: Double) -> [OllamaUse] {
        let (deployment, edge, engines) = (coordinator.deployment, coordinator.edge, coordinator.engines)
        return deployment.models.indices.compactMap { index in
            let (model, instance) = (ModelID(index), edge.instances[index])
            guard deployment.instance(of: model).index == index, instance.phase == .resident else { return nil }
            let bytes = engines.lives[index].memory.life?.last ?? instance.footprint
            let secondsLeft = deployment[model].spec.idleTTLSeconds.map { ttl in
                instance.inFlight > 0 ? ttl : max(0, instance.lastUsed + ttl - coordinator.now)
            }
            return OllamaUse(
                served: deployment[model], bytes: bytes.count,
                bytesOnGPU: engines.footprints.device == .gpu ? bytes.count : 0,
                expires: secondsLeft.map { OllamaTime.text(of: wallSeconds + $0) } ?? OllamaTime.never)
        }
    }
}
