/// A policy under which residents go by the value of their residency per byte; those not needed to make room stay.
protocol ValuePolicy: Policy {
    var worth: ResidencyValue { get set }
}

extension ValuePolicy {
    @inline(__always)
    mutating func didRequest(_ instance: InstanceID, count: Int, in edge: EdgeState) {
        worth.count(count, of: instance, in: edge)
    }

    mutating func score(of resident: InstanceID, in edge: EdgeState) -> Double { worth.density(of: resident, in: edge) }

    var scoresPerByte: Bool { worth.scoresPerByte }

    func fall(in time: TimeModel) -> ScoreFall? { worth.fall(in: time) }

    mutating func bound(of resident: InstanceID, in edge: EdgeState) -> ScoreBound {
        ScoreBound(worth.leastDensity(of: resident, in: edge))
    }

    mutating func needed(of victims: [InstanceID], freeing missing: Bytes, in edge: EdgeState) -> [InstanceID] {
        worth.needed(of: victims, freeing: missing, in: edge)
    }
}
