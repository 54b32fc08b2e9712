import EmberCore

/// The terms of the system cost: the papers' five, and that of energy, which is 0 where energy has no price.
struct CostTerms: Sendable, Equatable {
    /// In the order in which reports show them.
    static let measures: [Measure] = [
        .switchingCost, .accuracyCost, .inferenceLatency, .offloadingLatency, .cloudCost,
        .energyCost,
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
        ]
    }
}
