/// How much of each kind a request's body may hold. Far above what prompts need: beyond it, only the work would grow.
public enum BodyBounds {
    /// JSON values of all kinds; keys are none.
    public static let values = 1 << 20
    /// Messages of a chat, or items of a response's input.
    public static let messages = 16_384
    public static let tools = 1024
    /// Texts of one embeddings, rerank or completions call; OpenAI's bound.
    public static let inputs = 2048
}

/// What keeps a body from being a request, with what would be one.
public struct BodyProblem: Error, Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// The whole text is something else than an object.
        case noObject
        case malformed
        case invalid
        /// More of something than `BodyBounds` has.
        case tooMany
    }

    public let kind: Kind
    /// The member that it is about; nil: the body as a whole.
    public let param: String?
    public let message: String

    init(_ kind: Kind = .invalid, param: String? = nil, _ message: String) {
        self.kind = kind
        self.param = param
        self.message = message
    }

    init(_ malformed: JSONMalformed) {
        let place = "byte \(malformed.position)"
        switch malformed.problem {
        case .tooManyValues:
            self.init(
                .tooMany, "The body has more than \(BodyBounds.values) JSON values (\(place)); send less at once.")
        case .nestedTooDeep:
            self.init(.malformed, "The body's JSON is \(malformed.problem.rawValue) (\(place)); nest less.")
        default: self.init(.malformed, "The body is not valid JSON: \(place): \(malformed.problem.rawValue).")
        }
    }

    /// JSON that is not in UTF-8; nil where the bytes look like none.
    init?(encodingOf bytes: UnsafeBufferPointer<UInt8>) {
        let beginning = Array(bytes.prefix(2))
        let isUTF16 = [[0xFF, 0xFE], [0xFE, 0xFF], [UInt8(ascii: "{"), 0], [0, UInt8(ascii: "{")]].contains(beginning)
        guard isUTF16 else { return nil }
        self.init(.malformed, "The body is in UTF-16. Send JSON in UTF-8.")
    }

    static let noObject = BodyProblem(.noObject, "The body must be a JSON object with at least a 'model'.")
}
