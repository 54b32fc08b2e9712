import EmberSystem

/// What an engine says of itself in Prometheus' text format: series without labels, of which the first are kept.
struct EngineText: Sendable, Equatable {
    struct Sample: Sendable, Equatable {
        /// Without the engine's own prefix.
        let name: String
        /// As the engine calls it.
        let original: String
        let isCounter: Bool
        let value: Double
    }

    /// Series of one engine that are kept.
    static let most = 64
    private static let longestName = 100

    let samples: [Sample]

    /// Lines that cannot be read are passed over.
    init(_ text: String) {
        var counters: Set<Substring> = []
        var samples: [Sample] = []
        for line in text.split(whereSeparator: \.isNewline) where samples.count < Self.most {
            let words = line.split(separator: " ")
            if words.count >= 4, words[0] == "#", words[1] == "TYPE" {
                if words[3] == "counter" { counters.insert(words[2]) }
            } else if words.count >= 2, words[0] != "#", let value = Double(words[1]), value.isFinite,
                let name = Self.name(words[0]), !samples.contains(where: { $0.name == name })
            {
                // A counter whose name is none is shown as what it is read as: a figure.
                let isCounter = counters.contains(words[0]) && name.hasSuffix("_total")
                samples.append(
                    Sample(name: name, original: String(words[0]), isCounter: isCounter, value: value))
            }
        }
        self.samples = samples
    }

    /// The name behind the prefix; nil where it has labels, or characters that names cannot have.
    private static func name(_ text: Substring) -> String? {
        let name = text.split(separator: ":", omittingEmptySubsequences: false).last ?? ""
        let isName = name.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_")
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        return isName && !name.isEmpty && name.count <= longestName ? String(name) : nil
    }
}
