/// The text of a scrape, family by family.
public struct Exposition {
    private let format: ExpositionFormat
    private var bytes: [UInt8] = []
    /// Of the present family: its name in samples, and the texts of its bounds.
    private var name: [UInt8] = []
    private var bounds: [[UInt8]] = []

    private static let suffix = "_total"

    public init(_ format: ExpositionFormat) {
        self.format = format
        bytes.reserveCapacity(256 << 10)
    }

    /// Begins a family; its samples follow.
    public mutating func begin(_ family: MetricFamily) {
        name = Array(family.name.utf8)
        bounds = family.bounds.map { Array(Self.text($0).utf8) }
        // OpenMetrics names a counter without its suffix, and each of its samples with it.
        let isCounter = family.kind == .counter && format == .openMetrics && family.name.hasSuffix(Self.suffix)
        let described = isCounter ? String(family.name.dropLast(Self.suffix.count)) : family.name
        append("# HELP \(described) \(Self.escaped(family.help, quotes: format == .openMetrics))\n")
        append("# TYPE \(described) \(family.kind.name)\n")
    }

    /// A family whose samples no registry keeps; those that have the same labels, as `other` does, are added up.
    public mutating func write(_ family: MetricFamily, _ samples: [(labels: LabelText, value: Double)]) {
        begin(family)
        var sums: [LabelText: Double] = [:]
        for sample in samples { sums[sample.labels, default: 0] += sample.value }
        for sample in samples {
            if let value = sums.removeValue(forKey: sample.labels) { self.sample(sample.labels, value) }
        }
    }

    mutating func sample(_ labels: LabelText, _ value: Double) {
        bytes += name
        if !labels.bytes.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            bytes += labels.bytes
            bytes.append(UInt8(ascii: "}"))
        }
        end(with: value)
    }

    /// - Parameter counts: of each bucket by itself, the last of values above all bounds.
    mutating func histogram(_ labels: LabelText, counts: [Int], sum: Double) {
        var all = 0
        for (place, count) in counts.enumerated() {
            all += count
            bytes += name
            append("_bucket{")
            if !labels.bytes.isEmpty {
                bytes += labels.bytes
                bytes.append(UInt8(ascii: ","))
            }
            append("le=\"")
            if place < bounds.count { bytes += bounds[place] } else { append("+Inf") }
            append("\"}")
            end(with: Double(all))
        }
        let family = name
        for (suffix, value) in [("_sum", sum), ("_count", Double(all))] {
            name = family + suffix.utf8
            sample(labels, value)
        }
        name = family
    }

    private mutating func end(with value: Double) {
        bytes.append(UInt8(ascii: " "))
        append(Self.text(value, wholeAsInteger: true))
        bytes.append(UInt8(ascii: "\n"))
    }

    /// The whole text.
    public consuming func finish() -> [UInt8] {
        if format == .openMetrics { append("# EOF\n") }
        return bytes
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private static let largestWhole = 9e15

    /// - Parameter wholeAsInteger: bounds always have a fraction, as in both formats they are then the same label.
    private static func text(_ value: Double, wholeAsInteger: Bool = false) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if wholeAsInteger, abs(value) < largestWhole, value == value.rounded(.towardZero) { return String(Int(value)) }
        return "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.append(character)
            }
        }
        return escaped
    }
}

extension MetricFamily.Kind {
    fileprivate var name: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}
