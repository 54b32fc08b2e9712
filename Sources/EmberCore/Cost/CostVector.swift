/// A cost for each term, in cost units. Encoded, it is an object with a member for each term.
public struct CostVector: Hashable, Sendable {
    /// By the raw value of the term; lanes that have no term stay 0.
    private var lanes = SIMD8<Double>.zero

    /// All terms cost nothing.
    public init() {}

    public subscript(term: CostTerm) -> Double {
        get { lanes[term.rawValue] }
        set { lanes[term.rawValue] = newValue }
    }

    /// The system cost: the sum of the terms, in the order of `CostTerm`.
    public var total: Double {
        var sum = lanes[0]
        for lane in 1..<lanes.scalarCount { sum += lanes[lane] }
        return sum
    }

    public static func + (a: CostVector, b: CostVector) -> CostVector { CostVector(lanes: a.lanes + b.lanes) }
    public static func - (a: CostVector, b: CostVector) -> CostVector { CostVector(lanes: a.lanes - b.lanes) }

    private init(lanes: SIMD8<Double>) { self.lanes = lanes }
}

extension CostVector: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CostTerm.self)
        for term in CostTerm.allCases { self[term] = try container.decode(Double.self, forKey: term) }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CostTerm.self)
        for term in CostTerm.allCases { try container.encode(self[term], forKey: term) }
    }
}
