import EmberCore

/// The terms of the system cost: the papers' five, and energy and waiting, which are 0 where they have no price.
struct CostTerms: Sendable, Equatable {
    /// Those of which nothing is said where they are 0.
    static let optional: Set<Measure> = [.energyCost, .waitingCost]
    /// In the order in which reports show them.
    static let measures: [Measure] = [
        .switchingCost, .accuracyCost, .inferenceLatency, .offloadingLatency, .cloudCost,
        .energyCost, .waitingCost,
    ]

    /// As `measures`.
    var values: [Double]

    static let zero = CostTerms(values: measures.map { _ in 0 })

    static func + (a: CostTerms, b: CostTerms) -> CostTerms { CostTerms(values: zip(a.values, b.values).map(+)) }
    static func - (a: CostTerms, b: CostTerms) -> CostTerms { CostTerms(values: zip(a.values, b.values).map(-)) }
}

extension CostTerms {
    init(_ ledger: CostLedger) {
        values = [
            ledger.switching, ledger.accuracy, ledger.inference, ledger.transmission, ledger.cloud, ledger.energy,
            ledger.waiting,
        ]
    }
}
