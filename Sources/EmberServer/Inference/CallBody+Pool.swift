import EmberContext
import EmberCore

// What a request may have of the pool of an engine that answers prompts.
extension CallBody {
    /// An upper bound, prompt and answers together; 0 where there is no prompt.
    func tokens(on terms: PoolTerms) -> Int {
        format == nil ? 0 : terms.tokens(prompt: mostPromptTokens, shape.bounds)
    }

    /// The same once its prompt has been counted.
    func tokens(on terms: PoolTerms, prompt: Int) -> Int { terms.tokens(prompt: prompt, shape.bounds) }

    /// nil: nothing bounds it.
    private var mostPromptTokens: Int? {
        let isText = !shape.measure.needsPictures && !shape.measure.needsSound && !shape.bounds.refersElsewhere
        return isText ? TokenBounds.upperWithTemplate(bodyBytes: count) : nil
    }

    /// The bound of the answer that was reserved in the engine's pool, where the request names none.
    func edits(bounding terms: PoolTerms?) -> [BodyEdit] {
        guard let terms, format != nil, shape.bounds.tokens == nil else { return [] }
        return [shape.bounds.edit(bounding: terms.answerTokens)]
    }

    /// The path at which llama-server counts the tokens of such a prompt; nil: it counts none of that kind, or they are
    /// more than any window has.
    var countingPath: String? {
        guard !BodyWork.isLong(count) else { return nil }
        return switch shape.kind {
        case .chat: "/v1/chat/completions/input_tokens"
        case .responses: "/v1/responses/input_tokens"
        case .messages: RequestKind.countTokens.path
        default: nil
        }
    }
}
