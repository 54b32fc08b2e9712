/// Splits a text such as "1h30m" into numbers and the units that follow them.
package struct QuantityScanner {
    package struct Part: Equatable {
        let number: Double
        let unit: String
    }

    /// The parts of a text of plain ASCII decimals and units; nil when it is none, in O(length).
    package static func parts(of text: String) -> [Part]? {
        var rest = Substring(text)
        var parts: [Part] = []
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !($0.isASCII && $0.isNumber) }
            rest = rest.dropFirst(unit.count)
            guard let number = decimal(digits) else { return nil }
            parts.append(Part(number: number, unit: trimmed(unit)))
        }
        return parts.isEmpty ? nil : parts
    }

    /// A finite decimal such as "12" or "1.5"; no sign, no exponent.
    private static func decimal(_ digits: Substring) -> Double? {
        guard let first = digits.first, first != ".", digits.last != "." else { return nil }
        guard digits.count <= 20, let number = Double(digits), number.isFinite else { return nil }
        return number
    }

    private static func trimmed(_ unit: Substring) -> String {
        String(unit.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
