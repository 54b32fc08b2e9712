import EmberCore
import EmberSystem

/// What is measured of a request, from its arrival to its end.
public struct RequestFigures: Sendable {
    /// By which replies and the log name it.
    let id: String
    /// Before its body was read.
    let arrived: TimeSource.Instant
    let kind: RequestKind
    /// Who asks; both are empty where there are no keys.
    let tenant: String
    let key: String
    let size: RequestSize
    /// What the access log will say of it; nil: nothing.
    let access: AccessNote?
    /// Since when the engine or the upstream has it that had it last; nil: it was sent nowhere.
    private(set) var sent: TimeSource.Instant?
    /// What its answer was expected to take there; nil: nothing was known.
    private(set) var expectedSeconds: Double?

    init(
        id: String = "", arrived: TimeSource.Instant, _ kind: RequestKind, _ identity: Identity, _ size: RequestSize,
        _ access: AccessNote? = nil
    ) {
        (self.id, self.arrived) = (id, arrived)
        self.kind = kind
        (tenant, key) = (identity.tenant, identity.name ?? "")
        self.size = size
        self.access = access
    }

    /// - Returns: whether it was sent somewhere for the first time.
    mutating func send(at now: TimeSource.Instant, expecting seconds: Double?) -> Bool {
        defer { (sent, expectedSeconds) = (now, seconds) }
        return sent == nil
    }
}

/// How a request has ended, as metrics count it.
struct RequestEnd {
    enum Outcome: String {
        case answered, failed, refused, gone
    }

    let outcome: Outcome
    /// The code of what kept it from being answered; empty where it was answered.
    var reason = ""
    /// Tokens of prompt and answer; nil: the answer did not say.
    var tokens: (input: Int, output: Int)?
    var work: EngineWork?
    /// What its prompt found in the engine's slot; nil: Ember gave it none.
    var slot: SlotUseView?
    /// When the first event of its stream came; nil: it was no stream.
    var firstToken: TimeSource.Instant?

    static func refused(_ refusal: Refusal) -> RequestEnd {
        RequestEnd(outcome: .refused, reason: APIError(refusal).code ?? "refused")
    }

    /// Tokens of the prompt that the engine did not compute again.
    var reusedTokens: Int? { slot?.reusedTokens ?? work.map { $0.promptTokens - $0.prefillTokens } }

    /// Seconds for each token after the first: as the engine has measured, or else by the clock, of a stream.
    func secondsPerToken(until end: TimeSource.Instant) -> Double? {
        if let work { return work.decodeTokens > 1 ? work.decodeSeconds / Double(work.decodeTokens - 1) : nil }
        guard let firstToken, let output = tokens?.output, output > 1 else { return nil }
        return firstToken.duration(to: end) / .seconds(1) / Double(output - 1)
    }
}
