/// The text of a scrape, family by family.
public struct Exposition {
    private let format: ExpositionFormat
    private var bytes: [UInt8] = []
    private var family = Names()

    /// What the samples of the present family begin with, and how the lines of a histogram's buckets go on.
    private struct Names {
        var sample: [UInt8] = []
        var bucket: [UInt8] = []
        var sum: [UInt8] = []
        var count: [UInt8] = []
        /// By bucket: its bound, to the end of the labels.
        var bounds: [[UInt8]] = []
    }

    private static let suffix = "_total"

    public init(_ format: ExpositionFormat) {
        self.format = format
        bytes.reserveCapacity(1 << 20)
    }

    /// Begins a family; its samples follow.
    public mutating func begin(_ family: MetricFamily) {
        // OpenMetrics names a counter without its suffix, and each of its samples with it.
        let isCounter = family.kind == .counter && format == .openMetrics && family.name.hasSuffix(Self.suffix)
        let described = isCounter ? String(family.name.dropLast(Self.suffix.count)) : family.name
        append("# HELP \(described) \(Self.escaped(family.help, quotes: format == .openMetrics))\n")
        append("# TYPE \(described) \(family.kind.name)\n")
        self.family.sample = Array(family.name.utf8)
        guard case .histogram(let bounds) = family.kind else { return }
        self.family.bucket = Array((family.name + "_bucket{").utf8)
        self.family.sum = Array((family.name + "_sum").utf8)
        self.family.count = Array((family.name + "_count").utf8)
        // Always with a fraction, as in both formats they are then the same label.
        self.family.bounds = (bounds.map { "\($0)" } + ["+Inf"]).map { Array("le=\"\($0)\"} ".utf8) }
    }

    /// A family whose samples no registry keeps; those that share their labels, as under `other`, are added up.
    public mutating func write(_ family: MetricFamily, _ samples: [(labels: LabelText, value: Double)]) {
        begin(family)
        var sums: [LabelText: Double] = [:]
        for sample in samples {
            if sample.labels.isShared {
                sums[sample.labels, default: 0] += sample.value
            } else {
                self.sample(sample.labels, sample.value)
            }
        }
        for sample in samples where sample.labels.isShared {
            if let sum = sums.removeValue(forKey: sample.labels) { self.sample(sample.labels, sum) }
        }
    }

    mutating func sample(_ labels: LabelText, _ value: Double) { sample(family.sample, labels, value) }

    private mutating func sample(_ name: [UInt8], _ labels: LabelText, _ value: Double) {
        bytes += name
        if !labels.bytes.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            bytes += labels.bytes
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
        end(with: value)
    }

    /// - Parameter counts: of each bucket by itself, the last of values above all bounds.
    mutating func histogram(_ labels: LabelText, counts: [Int], sum: Double) {
        var all = 0
        for (place, count) in counts.enumerated() {
            all += count
            bytes += family.bucket
            if !labels.bytes.isEmpty {
                bytes += labels.bytes
                bytes.append(UInt8(ascii: ","))
            }
            bytes += family.bounds[place]
            append(all)
            bytes.append(UInt8(ascii: "\n"))
        }
        sample(family.sum, labels, sum)
        sample(family.count, labels, Double(all))
    }

    private mutating func end(with value: Double) {
        if value.isNaN {
            append("NaN")
        } else if value.isInfinite {
            append(value > 0 ? "+Inf" : "-Inf")
        } else if abs(value) < Self.largestWhole, value == value.rounded(.towardZero) {
            append(Int(value))
        } else {
            append("\(value)")
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    /// The whole text.
    public consuming func finish() -> [UInt8] {
        if format == .openMetrics { append("# EOF\n") }
        return bytes
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func append(_ number: Int) {
        // Most figures of most scrapes.
        if (0..<10).contains(number) { return bytes.append(UInt8(ascii: "0") + UInt8(number)) }
        append(String(number))
    }

    private static let largestWhole = 9e15

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
