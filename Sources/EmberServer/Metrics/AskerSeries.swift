import CoreMetrics
import EmberMetrics

/// What the requests of one tenant, or with one key, add to.
struct AskerSeries {
    struct Families {
        let requests: MetricFamily
        let tokens: MetricFamily

        static let tenant = Families(
            requests: RequestFamilies.tenantRequests, tokens: RequestFamilies.tenantTokens)
        static let key = Families(requests: RequestFamilies.keyRequests, tokens: RequestFamilies.keyTokens)
    }

    let name: String
    private let answered: Counter
    private let failed: Counter
    private let refused: Counter
    private let gone: Counter
    private let promptTokens: Counter
    private let answerTokens: Counter

    init(_ name: String, _ families: Families, _ registry: MetricRegistry) {
        self.name = name
        func counter(_ outcome: RequestEnd.Outcome) -> Counter {
            registry.counter(families.requests, name, outcome.rawValue)
        }
        (answered, failed, refused, gone) = (
            counter(.answered), counter(.failed), counter(.refused), counter(.gone)
        )
        promptTokens = registry.counter(families.tokens, name, "prompt")
        answerTokens = registry.counter(families.tokens, name, "answer")
    }

    func count(_ end: RequestEnd) {
        switch end.outcome {
        case .answered: answered.increment()
        case .failed: failed.increment()
        case .refused: refused.increment()
        case .gone: gone.increment()
        }
        guard let tokens = end.tokens else { return }
        promptTokens.increment(by: tokens.input)
        answerTokens.increment(by: tokens.output)
    }
}
