extension ValueType where Value == Int {
    /// A whole number of the range; `noun` says of what, as in "number of tokens".
    package static func integer(_ range: ClosedRange<Int>, _ noun: String) -> ValueType {
        let hint = range.lowerBound == 1 ? "a positive integer" : "an integer from \(range.lowerBound)"
        let schema = JSONValue.object([
            "type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound),
        ])
        return .scalar(
            "a \(noun)", hint: hint, schema: .orEnvironment(schema), encode: { .integer($0) },
            convert: { text throws(QuantityError) in
                guard let number = Int(text) else { throw QuantityError("is not a \(noun)") }
                guard range.contains(number) else {
                    throw QuantityError("is out of the range \(range.lowerBound) to \(range.upperBound)")
                }
                return number
            }
        )
    }

    /// A number of bytes of the range, with or without a unit.
    package static func bytes(_ range: ClosedRange<Int>) -> ValueType {
        .scalar(
            "a number of bytes", hint: "bytes", schema: .quantity(pattern: BytePattern.text),
            encode: { $0 % 1024 == 0 && $0 != 0 ? .string(ByteFormat.format($0)) : .integer($0) },
            convert: { text throws(QuantityError) in
                let bytes = try ByteFormat.parse(text)
                guard range.contains(bytes) else {
                    let bounds = "\(ByteFormat.format(range.lowerBound)) to \(ByteFormat.format(range.upperBound))"
                    throw QuantityError("is out of the range \(bounds)")
                }
                return bytes
            }
        )
    }
}

extension ValueType where Value == UInt64 {
    package static let seed = ValueType.scalar(
        "a seed", hint: "an integer from 0 to \(UInt64.max)",
        schema: .orEnvironment(.object(["type": "integer", "minimum": 0])), encode: { .integer(Int(clamping: $0)) },
        convert: { text throws(QuantityError) in
            guard let seed = UInt64(text) else { throw QuantityError("is not a seed") }
            return seed
        }
    )
}

extension ValueType where Value == Double {
    /// A finite number of the range.
    package static func number(_ range: ClosedRange<Double>, _ noun: String) -> ValueType {
        let schema = JSONValue.object([
            "type": "number", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound),
        ])
        return .scalar(
            "a \(noun)", hint: "a number from \(bound(range.lowerBound)) to \(bound(range.upperBound))",
            schema: .orEnvironment(schema), encode: { .number($0) },
            convert: { text throws(QuantityError) in
                guard let number = Double(text), number.isFinite, isDecimal(text) else {
                    throw QuantityError("is not a \(noun)")
                }
                guard range.contains(number) else {
                    throw QuantityError("is out of the range \(bound(range.lowerBound)) to \(bound(range.upperBound))")
                }
                return number
            }
        )
    }

    /// A duration in seconds, of the range.
    package static func duration(_ range: ClosedRange<Double>) -> ValueType {
        .scalar(
            "a duration", hint: "a number and ms, s, m, h or d", schema: .text(pattern: DurationPattern.text),
            encode: { .string(DurationFormat.format($0)) },
            convert: { text throws(QuantityError) in
                let seconds = try DurationFormat.parse(text)
                guard range.contains(seconds) else {
                    let bounds =
                        "\(DurationFormat.format(range.lowerBound)) to \(DurationFormat.format(range.upperBound))"
                    throw QuantityError("is out of the range \(bounds)")
                }
                return seconds
            }
        )
    }

    /// Swift also reads "0x1p3", which YAML and JSON don't.
    private static func isDecimal(_ text: String) -> Bool {
        text.allSatisfy { "0123456789.eE+-".contains($0) }
    }

    private static func bound(_ value: Double) -> String { JSONValue.number(value).jsonText() }
}

extension ValueType where Value == Double? {
    /// A positive duration in seconds, or "never" for nil.
    package static let durationOrNever = ValueType.scalar(
        "a duration or never", hint: "never, or a number and ms, s, m, h or d",
        schema: .text(pattern: "\(DurationPattern.text)|^never$"),
        encode: { .string($0.map(DurationFormat.format) ?? "never") },
        convert: { text throws(QuantityError) in
            if text == "never" { return nil }
            let seconds = text == "0" ? 0 : try DurationFormat.parse(text)
            // Zero means "at once" to some servers and "never" to others, so it is refused.
            guard seconds > 0 else { throw QuantityError("is ambiguous: at once or never?") }
            return seconds
        }
    )
}

private enum DurationPattern {
    static let text = "^([0-9]+(\\.[0-9]+)? ?(ms|s|m|h|d) ?)+$"
}

package enum BytePattern {
    package static let text = "^[0-9]+(\\.[0-9]+)? ?([KMGT]i?)?B$|^[0-9]+$"
}

extension JSONValue {
    fileprivate static func text(pattern: String) -> JSONValue {
        .orEnvironment(.object(["type": "string", "pattern": .string(pattern)]))
    }

    /// A text with a unit, or a bare integer.
    package static func quantity(pattern: String) -> JSONValue {
        .object([
            "anyOf": [
                .object(["type": "integer", "minimum": 0]),
                .object(["type": "string", "pattern": .string(pattern)]),
                environmentReference,
            ]
        ])
    }
}
