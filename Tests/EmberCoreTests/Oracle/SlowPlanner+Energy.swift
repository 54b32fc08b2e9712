import EmberCore

/// What the machine was once measured to take.
struct Drawn {
    let joules: Double
    /// Of the edge requests that had ended since the time before.
    let tokens: Int
    /// Whether any had run since then.
    let isOfWork: Bool
}

// Rules 41 to 43.
extension SlowPlanner {
    private var thirtieth: Double { settings.energy.windowSeconds / 30 }

    /// When what was spent at an instant counts no more.
    private func relief(_ instant: Double) -> Double { ((instant / thirtieth).rounded(.down) + 31) * thirtieth }

    var reliefs: [Double] { settings.energy.budget == nil ? [] : spent.map { relief($0.at) } }

    func expectedJoules(_ model: Int) -> Double {
        catalogue.models[model].costs.joulesPerToken * Double(catalogue.models[model].typicalTokens)
    }

    func hasEnergy(_ model: Int) -> Bool {
        guard let budget = settings.energy.budget else { return true }
        let piece = (now / thirtieth).rounded(.down)
        let counted = spent.filter { piece - ($0.at / thirtieth).rounded(.down) <= 30 }.map(\.joules).reduce(0, +)
        return counted + atWork.map(\.joules).reduce(0, +) + expectedJoules(model) <= budget
    }

    private var atWork: [Ask] { asks.filter { if case .engine = $0.place { true } else { false } } }

    private mutating func spend(_ joules: Double) { spent.append((joules, now)) }

    /// An edge request has ended: with these tokens, or without an answer.
    mutating func endEnergy(_ ask: Ask, tokens: Int?) {
        ended.append(tokens ?? 0)
        guard drawn.isEmpty else { return }
        guard let tokens else { return spend(ask.joules) }
        let prices = catalogue.models[ask.model].costs
        let joules = prices.joulesPerToken * Double(tokens)
        spend(joules)
        costs.joules += joules
        costs.energy += prices.perJoule * joules
    }

    /// Rule 43.
    mutating func draw(_ joules: Double) {
        spend(joules)
        costs.joules += joules
        costs.energy += joules * (catalogue.models.map(\.costs.perJoule).max() ?? 0)
        let isOfWork = !ended.isEmpty || !atWork.isEmpty
        drawn.append(Drawn(joules: joules, tokens: ended.reduce(0, +), isOfWork: isOfWork))
        ended = []
        guard learntJoulesPerToken != nil else { return }
        expectJoules()
        for index in catalogue.models.indices { takeIn(index) }
    }

    /// Of the models that do not declare them.
    mutating func expectJoules() {
        guard let learnt = learntJoulesPerToken else { return }
        var models = catalogue.models
        for index in models.indices where models[index].measured.contains(.energy) {
            models[index].costs.joulesPerToken = learnt
        }
        catalogue = Catalogue(models: models, services: catalogue.services, sharing: catalogue.sharing)
    }

    /// Computed from everything that was measured after the first time.
    private var learntJoulesPerToken: Double? {
        var (joules, tokens) = (Seen.Values(), Seen.Values())
        var waiting = 0.0
        for reading in drawn.dropFirst() where reading.isOfWork {
            waiting += reading.joules
            guard reading.tokens > 0 else { continue }
            joules.all.append(waiting)
            tokens.all.append(Double(reading.tokens))
            waiting = 0
        }
        guard let energy = joules.mean, let work = tokens.mean else { return nil }
        return energy / work
    }
}
