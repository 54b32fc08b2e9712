import EmberContext
public import EmberEngine
public import EmberNetwork
public import EmberSystem
import Foundation

/// Sends requests to engines and reads the beginning of their answers; `upstreams` does so to upstreams.
public struct EngineClient: Sendable {
    /// For engines on this machine.
    private let wire: WireClient
    let upstreams: UpstreamClient

    public init(_ client: NetworkClients, _ time: TimeSource, _ connector: WireConnector) {
        // Whole answers of both count together.
        let heldAnswers = HeldAnswers()
        wire = WireClient(heldAnswers: heldAnswers, time: time, connector: connector)
        upstreams = UpstreamClient(client, heldAnswers, time)
    }

    /// Ends everything that engines and upstreams are asked: Ember ends. Returns once upstreams' connections are
    /// closed.
    func interrupt() async {
        wire.interrupt()
        await upstreams.shutDown()
    }

    /// The most tokens that the request comes to, with its prompt as the engine counts it; nil: it does not say.
    nonisolated(nonsending) func countTokens(
        of call: InferenceCall, by engine: any ResidentEngine, _ name: String, _ terms: PoolTerms
    ) async -> Int? {
        struct Count: Decodable { var input_tokens: Int }
        let asked = call.atEdge
        guard let path = asked.countingPath, case .memory(let bytes) = asked.outgoing(for: name) else { return nil }
        let request = WireRequest(path: path, headers: call.headers, body: bytes)
        guard let answer = try? await wire.post(request, to: engine.baseURL), answer.head.status == .ok,
            case .whole(let body) = answer.content,
            let count = try? JSONDecoder().decode(Count.self, from: Data(body.readableBytesView))
        else { return nil }
        return asked.tokens(on: terms, prompt: count.input_tokens)
    }

    nonisolated(nonsending) func send(
        _ call: InferenceCall, _ edits: [BodyEdit], to route: EdgeRoute, name: String, claim: WireClaim?
    ) async throws -> EngineAnswer {
        let asked = call.atEdge
        let request =
            switch asked.outgoing(for: name, edits) {
            case .memory(let bytes): WireRequest(path: asked.path, headers: call.headers, body: bytes, claim: claim)
            case .file(let file): WireRequest(path: asked.path, headers: call.headers, pieces: file, claim: claim)
            }
        let answer = try await wire.post(request, to: route.engine.baseURL)
        let head = AnswerHead(status: answer.head.status, headers: answer.head.headers)
        var reached =
            switch answer.content {
            case .whole(let body): try await EngineAnswer(head, whole: body, asked.form)
            case .pieces(let body):
                // What is to be translated is needed as a whole.
                try await EngineAnswer(
                    head, first: try await body.next(), rest: body,
                    largest: call.translation == nil ? EngineAnswer.largestUnmeasured : EngineAnswer.largestHeld)
            }
        reached.held = answer.held
        reached.translation = call.translation
        return reached
    }
}
