import EmberCore

// Rules 27 and 28.
extension SlowPlanner {
    private var thirtieth: Double { settings.energyWindowSeconds / 30 }

    /// When what was spent at an instant counts no more.
    private func relief(_ instant: Double) -> Double { ((instant / thirtieth).rounded(.down) + 31) * thirtieth }

    var reliefs: [Double] { settings.energyBudget == nil ? [] : spent.map { relief($0.at) } }

    func expectedJoules(_ model: Int) -> Double {
        catalogue.models[model].costs.joulesPerToken * Double(catalogue.models[model].typicalTokens)
    }

    func hasEnergy(_ model: Int) -> Bool {
        guard let budget = settings.energyBudget else { return true }
        let piece = (now / thirtieth).rounded(.down)
        let counted = spent.filter { piece - ($0.at / thirtieth).rounded(.down) <= 30 }.map(\.joules).reduce(0, +)
        let running = asks.filter { if case .engine = $0.place { true } else { false } }.map(\.joules).reduce(0, +)
        return counted + running + expectedJoules(model) <= budget
    }

    mutating func spend(_ joules: Double) { spent.append((joules, now)) }
}
