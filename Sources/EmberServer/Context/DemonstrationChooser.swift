import EmberContext
import EmberCore
import EmberStore
import Logging
import Synchronization

/// Chooses a request's demonstrations: as its service says, and no more than leaves room in the slot's window.
final class DemonstrationChooser: Sendable {
    private let selector: Selector
    private let deployment: Deployment
    private let talk: EngineTalk
    private let logger: Logger
    /// How many tokens texts have.
    private let counts = Mutex<[TextKey: Int]>([:])

    private struct TextKey: Hashable {
        let model: ModelID
        let demonstration: Int
    }

    private static let mostCounts = 100_000
    /// Tokens around a message's text, more than usual templates have.
    private static let tokensPerMessage = 8

    init(_ selector: Selector, deployment: Deployment, talk: EngineTalk, logger: Logger) {
        self.selector = selector
        self.deployment = deployment
        self.talk = talk
        self.logger = logger
    }

    /// - Parameter engine: of the plan's model; it counts.
    func select(_ plan: ContextPlan, _ engine: any ResidentEngine) async -> Selection {
        guard plan.mode != .none else { return Selection() }
        let request = SelectionRequest(
            scope: DemonstrationScope(
                tenant: plan.tenant, service: plan.serviceName, model: deployment[plan.model].name),
            mode: plan.mode, count: plan.count, leastQuality: plan.settings.leastQuality, vector: plan.vector)
        do {
            return await fit(try await selector.select(request), plan, engine)
        } catch {
            logger.warning(
                "no demonstrations for a request of \(plan.serviceName): \(error)",
                metadata: ["request": "\(plan.request)"])
            return Selection()
        }
    }

    /// Another file may have another tokenizer.
    func forgetCounts() { counts.withLock { $0 = [:] } }

    func forget(tenant: String, service: String) async { await selector.forget(tenant: tenant, service: service) }

    /// As much of the selection as leaves room for the request and its answer. What is too much goes in halves, so that
    /// the next requests find the same beginning.
    private func fit(_ selection: Selection, _ plan: ContextPlan, _ engine: any ResidentEngine) async -> Selection {
        guard let layout = deployment[plan.model].slots, !selection.demonstrations.isEmpty else { return selection }
        let tokens = await tokens(of: selection.demonstrations, plan.model, engine)
        let answer = plan.prompt.bounds.tokens ?? layout.windowTokens / 4
        var room = layout.windowTokens - answer - 4 * Self.tokensPerMessage - plan.prompt.textBytes
        if tokens.reduce(0, +) > room, let question = plan.prompt.question,
            let counted = try? await talk.countTokens(question, of: engine)
        {
            // Bytes were more than enough; the other texts, such as a system prompt, still count as bytes.
            room += question.utf8.count - counted
        }
        var (fitting, left) = (selection, tokens[...])
        while left.reduce(0, +) > room, !left.isEmpty {
            let gone = (left.count + 1) / 2
            fitting.dropFirst(gone)
            left = left.dropFirst(gone)
        }
        return fitting
    }

    /// How many tokens each demonstration takes in a prompt, counted by the model's own tokenizer.
    private func tokens(
        of demonstrations: [Demonstration], _ model: ModelID, _ engine: any ResidentEngine
    ) async -> [Int] {
        var all: [Int] = []
        for demonstration in demonstrations {
            all.append(await tokens(of: demonstration, model, engine) + 2 * Self.tokensPerMessage)
        }
        return all
    }

    private func tokens(of demonstration: Demonstration, _ model: ModelID, _ engine: any ResidentEngine) async -> Int {
        let key = TextKey(model: model, demonstration: demonstration.id)
        if let known = counts.withLock({ $0[key] }) ?? demonstration.tokens[deployment[model].name] { return known }
        let text = demonstration.prompt + demonstration.result
        guard let counted = try? await talk.countTokens(text, of: engine) else { return text.utf8.count }
        counts.withLock { counts in
            if counts.count >= Self.mostCounts { counts = [:] }
            counts[key] = counted
        }
        return counted
    }
}
