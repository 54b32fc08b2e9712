import CoreMetrics
import EmberCore
import EmberMetrics

/// What one kind of ends of requests adds to. Made once, so that nothing is looked up by name when a request ends.
struct RequestSeries {
    /// By what ends differ whose series are others: ids and places in lists of names, all small integers.
    struct Key: Hashable {
        let kind: RequestKind
        let service: ServiceID
        let model: ModelID
        /// The model that answered; nil: none.
        let answering: ModelID?
        /// Of an upstream's name; nil: the edge had it, or it was sent nowhere.
        let upstream: Int?
        let outcome: RequestEnd.Outcome
        /// Of its code.
        let reason: Int
    }

    /// The names that a key stands for.
    struct Names {
        let operation: String
        let provider: String
        let service: String
        let model: String
        let answering: String
        let place: String
        let outcome: String
        let reason: String
    }

    let requests: Counter
    let duration: Recorder
    let answer: Answer?

    /// Of those that were answered.
    struct Answer {
        let firstToken: Recorder
        let perToken: Recorder
        let promptTokens: Counter
        let answerTokens: Counter
        let reusedTokens: Counter
    }

    init(_ names: Names, isAnswered: Bool, _ registry: MetricRegistry) {
        typealias Families = RequestFamilies
        requests = registry.counter(
            Families.requests, names.model, names.service, names.place, names.outcome, names.reason)
        duration = registry.histogram(
            Families.duration, names.operation, names.provider, names.model, names.answering, names.reason)
        guard isAnswered else {
            answer = nil
            return
        }
        answer = Answer(
            firstToken: registry.histogram(
                Families.firstToken, names.operation, names.provider, names.model, names.answering),
            perToken: registry.histogram(
                Families.perToken, names.operation, names.provider, names.model, names.answering),
            promptTokens: registry.counter(Families.promptTokens, names.answering, names.place),
            answerTokens: registry.counter(Families.answerTokens, names.answering, names.place),
            reusedTokens: registry.counter(Families.reusedTokens, names.answering))
    }
}

extension RequestKind {
    /// As the attribute `gen_ai.operation.name` has it.
    var operationName: String {
        switch self {
        case .chat, .messages, .responses: "chat"
        case .completions: "text_completion"
        case .embeddings: "embeddings"
        case .rerank: "rerank"
        case .countTokens: "count_tokens"
        }
    }
}
