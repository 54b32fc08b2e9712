/// Bounds how many values a label has: each value makes series of its own, for as long as Ember runs.
struct LabelBounds {
    /// What stands for all values beyond the bound.
    static let other = "other"
    /// Values of a label; its first ones are kept.
    static let mostValues = 256
    /// Series of a family. The label values of later ones are all `other`.
    static let mostSeries = 4096

    private var known: [String: Set<String>] = [:]

    /// - Returns: the value, or `other` where the label has its most values already. O(1).
    mutating func bounded(_ value: String, of label: String) -> String {
        if known[label]?.contains(value) == true { return value }
        guard known[label, default: []].count < Self.mostValues else { return Self.other }
        known[label, default: []].insert(value)
        return value
    }
}
