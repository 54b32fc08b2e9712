import EmberContext
import EmberCore

// What is wrong with a request by itself, and what its model cannot do with it.
extension APIError {
    static func wrongType(_ member: String, _ type: String) -> APIError {
        .invalidRequest("'\(member)' must be \(type)", param: member)
    }

    init(_ problem: BodyProblem) {
        let code: String? =
            switch problem.kind {
            case .noObject, .malformed: "invalid_json"
            case .invalid: nil
            case .tooMany: "too_many"
            }
        self = .invalidRequest(problem.message, param: problem.param, code: code)
    }

    /// - Parameter others: models that could serve it.
    init(_ obstacle: ModelAbilities.Obstacle, of model: ServedModel, _ kind: RequestKind?, others: [String]) {
        let ask =
            others.isEmpty ? "No configured model can." : "Ask \(others.map { "'\($0)'" }.joined(separator: ", "))."
        switch obstacle {
        case .kind(let kind):
            let can = RequestKind.allCases.filter(model.abilities.kinds.contains).map(\.path).joined(separator: ", ")
            let abilities =
                can.isEmpty
                ? "it is an embedding model that is not started for that (write embeddings: true)" : "it serves \(can)"
            self = .invalidRequest(
                "Model '\(model.name)' cannot serve \(kind.path): \(abilities). \(ask)", param: "model",
                code: "model_cannot_serve")
        case .problem(let problem): self.init(problem)
        case .pictures:
            self = .invalidRequest(
                "Model '\(model.name)' cannot read pictures. \(ask)", param: kind?.promptParam,
                code: "model_cannot_serve")
        case .noPicture:
            self = .invalidRequest(
                "Model '\(model.name)' reads pictures, and the request has none: add one such as {\"type\": "
                    + "\"image_url\", \"image_url\": {\"url\": \"data:image/png;base64,...\"}} to the content. "
                    + "\(ask)",
                param: kind?.promptParam, code: "model_cannot_serve")
        case .sound:
            self = .invalidRequest(
                "Model '\(model.name)' cannot hear. \(ask)", param: kind?.promptParam, code: "model_cannot_serve")
        case .dimensions(let wished, let vectors): self = .dimensions(wished, vectors, of: model, ask)
        case .answers(let wished, let slots):
            let words = slots == 1 ? "one answer" : "at most \(slots) answers"
            self = .invalidRequest(
                "Model '\(model.name)' gives \(words) to one prompt at once ('parallel'), and 'n' is \(wished). Ask "
                    + "for fewer. \(ask)", param: "n", code: "model_cannot_serve")
        case .tooLong(let bounds, let window): self = .tooLong(bounds, window, of: model, kind, ask)
        }
    }

    private static func dimensions(
        _ wished: Int, _ vectors: ModelAbilities.Vectors, of model: ServedModel, _ ask: String
    ) -> APIError {
        let length = vectors.length.map { "of \($0) numbers" } ?? "of one length"
        let fix =
            vectors.canBeCut
            ? "Ask for at most as many."
            : "Leave 'dimensions' out, or, if the model was trained for shorter vectors, write matryoshka: true there."
        return .invalidRequest(
            "Model '\(model.name)' gives vectors \(length), none of \(wished). \(fix) \(ask)", param: "dimensions",
            code: "model_cannot_serve")
    }

    private static func tooLong(
        _ bounds: TokenBounds, _ window: ModelAbilities.Window, of model: ServedModel, _ kind: RequestKind?,
        _ ask: String
    ) -> APIError {
        let excess = WindowExcess(bounds: bounds, window: window.tokens, kind: kind)
        let words = excess.words(longestToken: window.longestToken.map { ($0, model.name) })
        return .invalidRequest("\(words) \(ask)", param: excess.param, code: WindowExcess.code)
    }
}

extension RequestKind {
    /// The member of the body that holds the prompt, for an error's `param`.
    var promptParam: String { "\(promptKey)" }
}

extension DeploymentState {
    /// The models whose engines cannot serve the request, of the one that it asks for and its service's stand-ins.
    ///
    /// - Throws: where neither the model's engine nor its cloud can.
    func unfitModels(for shape: RequestShape, asking model: ModelID, _ service: ServiceID) throws(APIError) -> [ModelID]
    {
        var unfit = catalogue[service].standIns.filter { self[$0].abilities.obstacle(to: shape) != nil }
        guard let obstacle = self[model].abilities.obstacle(to: shape) else { return unfit }
        guard self[model].engine != nil, !self[model].clouds.isEmpty else {
            let others = modelIDs.map { self[$0] }.filter { $0.abilities.obstacle(to: shape) == nil }.prefix(5).map(
                \.name)
            throw APIError(obstacle, of: self[model], shape.kind, others: others)
        }
        if !unfit.contains(model) { unfit.append(model) }
        return unfit
    }
}
