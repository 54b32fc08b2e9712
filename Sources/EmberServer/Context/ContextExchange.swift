import EmberContext
import EmberEngine
import HTTPTypes
import NIOCore
import Synchronization

/// The context of one request on its way: what it has taken, and what its answer says.
final class ContextExchange: Sendable {
    private let keeper: ContextKeeper
    private let state: Mutex<State>

    private struct State {
        var plan: ContextPlan
        var use: ContextUse?
        var answer: AnswerText?
        var isAtEdge = false
        var hasBegun = false
    }

    init(_ keeper: ContextKeeper, _ plan: ContextPlan) {
        self.keeper = keeper
        state = Mutex(State(plan: plan))
    }

    /// What a request brings to its engine.
    struct Begun: Sendable {
        let edits: [BodyEdit]
        /// nil: its service has none.
        let demonstrations: Int?
        /// To be given to the engine with the request.
        let claim: WireClaim?
    }

    /// Takes what the request needs of the engine, after giving back what an engine that failed it had given.
    ///
    /// - Throws: `SlotRefusal`, or why the engine does not answer.
    func begin(on route: EdgeRoute) async throws -> Begun {
        await giveBack(nil)
        let plan = state.withLock { state in
            state.plan = keeper.plan(state.plan, on: route)
            return state.plan
        }
        let use = try await keeper.begin(plan, on: route)
        state.withLock { state in
            state.use = use
            state.isAtEdge = true
        }
        let count = plan.settings.source == .off ? nil : use.selection.demonstrations.count
        return Begun(edits: use.edits, demonstrations: count, claim: use.lease?.claim)
    }

    /// The edge cannot answer the request after all: the cloud does.
    func leaveEdge() async {
        await giveBack(nil)
        state.withLock { $0.isAtEdge = false }
    }

    /// - Parameter format: of the request that is answered.
    func read(_ piece: ByteBuffer, _ format: PromptFormat?) {
        state.withLock { state in
            state.hasBegun = true
            guard state.plan.teaches, let format else { return }
            if state.answer == nil { state.answer = AnswerText(format, isStream: state.plan.isStreaming) }
            state.answer?.read(piece.readableBytesView)
        }
    }

    /// The answer is complete: gives everything back, and learns from it.
    ///
    /// - Returns: what its prompt has found in its slot, where it had one of its own; and what the planner is to take.
    func finish(_ usage: UsageFigures) async -> (slot: SlotUseView?, held: HeldTokens?) {
        let use = await giveBack(usage)
        let (plan, answer, isAtEdge) = state.withLock { state in
            defer { state.answer = nil }
            return (state.plan, state.answer, state.isAtEdge)
        }
        if let answer, let text = try? await BodyWork.run(on: answer.byteCount, { answer.text() }) {
            keeper.learn(text, from: plan, origin: isAtEdge ? .edge : .cloud)
        }
        return (SlotUseView(use?.lease, reused: usage.reusedTokens), use?.slots?.held)
    }

    /// Ends without an answer, or in the middle of one.
    func giveUp() async { await giveBack(nil) }

    @discardableResult
    private func giveBack(_ usage: UsageFigures?) async -> ContextUse? {
        let (plan, use, hasBegun) = state.withLock { state in
            defer { state.use = nil }
            return (state.plan, state.use, state.hasBegun)
        }
        if let use { await keeper.end(use, of: plan, usage: usage, hasBegun: hasBegun) }
        return use
    }
}
