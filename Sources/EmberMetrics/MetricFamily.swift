/// What a metric is called and measures, and by which labels its series differ.
public struct MetricFamily: Sendable {
    public enum Kind: Sendable, Equatable {
        /// It only grows; its name ends with `_total`.
        case counter
        case gauge
        /// Counts values up to each of these bounds, the lowest first; one bucket more has all values.
        case histogram([Double])
    }

    /// As in the text format: the unit last, then `_total` of a counter.
    public let name: String
    public let kind: Kind
    /// One sentence for people, with the unit.
    public let help: String
    /// Names of the labels, in the order in which their values are given.
    public let labels: [String]
    /// Series that are 0 are left out: they were made beforehand, and many of them never count.
    public let omitsZeros: Bool

    public init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = [], omitsZeros: Bool = false) {
        (self.name, self.kind, self.help, self.labels) = (name, kind, help, labels)
        self.omitsZeros = omitsZeros
    }

    /// The bounds of a histogram; empty of other kinds.
    var bounds: [Double] { if case .histogram(let bounds) = kind { bounds } else { [] } }
}
