import EmberCore

/// The most tokens that a request may come to have in the pool of the engine that runs it.
struct PoolBound: Sendable {
    /// 0: no pool bounds it.
    var tokens = 0
    /// The engine should count the prompt before it reads it, which takes far longer: others may then run beside it
    /// that would not fit beside its upper bound.
    var isWorthCounting = false

    /// Of the model that it asks for; nil: that is not in memory.
    fileprivate static func engine(
        of call: InferenceCall, _ coordinator: Coordinator
    ) async -> (any ResidentEngine)? {
        await coordinator.within { $0.engines[$0.deployment.instance(of: call.model)].engine }
    }

    /// How often it is checked, while the request waits, whether there is an engine that can count it.
    private static let secondsToCount = 0.2

    /// Has the prompt counted by the engine that is to read it.
    nonisolated(nonsending) func count(
        _ call: InferenceCall, _ ticket: Ticket, by engine: any ResidentEngine, of model: ModelID,
        _ coordinator: Coordinator, _ client: EngineClient
    ) async {
        let served = coordinator.deployment[model]
        guard isWorthCounting, let terms = served.abilities.pool,
            let tokens = await client.countTokens(of: call, by: engine, served.name, terms)
        else { return }
        await coordinator.within {
            if $0.requests.contains(ticket) { $0.handle(.tokensCounted(ticket.request, tokens)) }
        }
    }

    /// Waits until it is decided where the request runs, and has it counted meanwhile: it may then fit sooner.
    nonisolated(nonsending) func outcome(
        of ticket: Ticket, _ call: InferenceCall, _ coordinator: Coordinator, _ client: EngineClient
    ) async -> Outcome {
        while isWorthCounting {
            if let outcome = await coordinator.outcome(of: ticket, within: Self.secondsToCount) { return outcome }
            guard let engine = await Self.engine(of: call, coordinator) else { continue }
            await count(call, ticket, by: engine, of: call.model, coordinator, client)
            break
        }
        return await coordinator.outcome(of: ticket)
    }
}

extension InferenceCall {
    /// What is known of it before an engine has counted its prompt.
    func poolBound(in deployment: Deployment) -> PoolBound {
        var bound = PoolBound()
        // Demonstrations come to the prompt, and fill the window.
        let fillsWindow = deployment.contexts[service.index].source != .off
        func heed(_ model: ModelID) {
            guard let terms = deployment[model].abilities.pool else { return }
            let tokens = fillsWindow ? terms.windowTokens : atEdge.tokens(on: terms)
            bound.tokens = max(bound.tokens, tokens)
            if !fillsWindow, atEdge.countingPath != nil, terms.isScarce(for: tokens) { bound.isWorthCounting = true }
        }
        heed(model)
        for standIn in deployment.catalogue[service].standIns { heed(standIn) }
        return bound
    }
}

extension InferenceRoutes {
    /// The same, counted where the model's engine is in memory.
    nonisolated(nonsending) func poolBound(of call: InferenceCall) async -> PoolBound {
        let bound = call.poolBound(in: coordinator.deployment)
        let served = coordinator.deployment[call.model]
        guard bound.isWorthCounting, let terms = served.abilities.pool,
            let engine = await PoolBound.engine(of: call, coordinator),
            let tokens = await client.countTokens(of: call, by: engine, served.name, terms)
        else { return bound }
        return PoolBound(tokens: tokens)
    }
}
