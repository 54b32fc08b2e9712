import EmberDocument

/// Whether a demonstration may be stored.
struct ContentCheck {
    let limits: StoreLimits

    static let longestName = 256
    static let largestDimension = 8192
    /// Beyond any tokenizer's count of the longest text that may be stored.
    static let mostTokens = 1 << 30

    /// Throws the first problem; O(bytes of the texts).
    func check(_ content: DemonstrationContent) throws(FieldProblem) {
        try Self.name(content.service, "service")
        if let model = content.model { try Self.name(model, "model") }
        try Self.name(content.request, "request")
        try Self.text(content.prompt, "prompt", limits.promptBytes.count)
        try Self.text(content.result, "result", limits.resultBytes.count)
        try Self.tokens(content.tokens)
        try Self.quality(content.quality)
        guard content.time.isFinite, content.time >= 0 else {
            throw FieldProblem("time", "\(content.time)", "give seconds since 1970")
        }
        if let embedding = content.embedding { try Self.embedding(embedding) }
    }

    static func tenant(_ tenant: String) throws(FieldProblem) {
        if !tenant.isEmpty { try name(tenant, "tenant") }
    }

    static func name(_ name: String, _ field: String) throws(FieldProblem) {
        guard !name.isEmpty, name.utf8.count <= longestName, !hasNull(name) else {
            throw FieldProblem(field, Quotation.of(name), "give a name of 1 to \(longestName) bytes without NUL")
        }
    }

    private static func text(_ text: String, _ field: String, _ limit: Int) throws(FieldProblem) {
        guard !text.isEmpty else { throw FieldProblem(field, Quotation.of(text), "give a text") }
        let bytes = text.utf8.count
        guard bytes <= limit else {
            throw FieldProblem(field, "\(bytes) bytes", "give at most \(limit) bytes, or raise the limit")
        }
        guard !hasNull(text) else {
            throw FieldProblem(field, Quotation.of(text), "leave out the character NUL, which the store cannot keep")
        }
    }

    static func quality(_ quality: Double?) throws(FieldProblem) {
        guard let quality else { return }
        guard (0...1).contains(quality) else {
            throw FieldProblem("quality", "\(quality)", "give a number from 0 to 1, or nothing if not judged")
        }
    }

    static func tokens(_ tokens: [String: Int]) throws(FieldProblem) {
        for (model, count) in tokens.sorted(by: { $0.key < $1.key }) {
            try name(model, "tokens")
            guard (0...mostTokens).contains(count) else {
                throw FieldProblem("tokens", "\(count)", "give a count from 0 to \(mostTokens) for each model")
            }
        }
    }

    static func embedding(_ embedding: Embedding) throws(FieldProblem) {
        try name(embedding.embedder, "embedder")
        try vector(embedding.vector, "embedding")
    }

    static func vector(_ vector: [Float], _ field: String) throws(FieldProblem) {
        guard (1...largestDimension).contains(vector.count) else {
            throw FieldProblem(field, "\(vector.count) numbers", "give 1 to \(largestDimension) numbers")
        }
        // Its direction is what counts: the length must be a number above zero.
        let squares = vector.reduce(0.0) { $0 + Double($1) * Double($1) }
        guard squares.isFinite, squares > 0 else {
            throw FieldProblem(field, "a vector of length \(squares.squareRoot())", "give finite numbers, not all zero")
        }
    }

    /// SQLite's texts end at the first zero byte.
    private static func hasNull(_ text: String) -> Bool { text.utf8.contains(0) }
}
