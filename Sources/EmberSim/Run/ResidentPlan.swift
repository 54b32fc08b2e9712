/// Sets the residents slot by slot, in place of a policy.
protocol ResidentPlan: Sendable {
    /// For every instance whether it is resident in the next slot.
    mutating func next() -> [Bool]
}
