extension ValueType {
    /// A value from a single text; `convert` throws the reason why a text is none. The hint says what to write, and
    /// is followed by an example unless it says everything.
    package static func scalar(
        _ name: String, hint: String, isHintComplete: Bool = false, schema: JSONValue, isSecret: Bool = false,
        encode: @escaping @Sendable (Value) -> JSONValue? = { _ in nil },
        convert: @escaping @Sendable (String) throws(QuantityError) -> Value
    ) -> ValueType {
        ValueType(name, schema: schema, encode: encode) { node, site, reading in
            let fix = isHintComplete ? "write \(hint)" : "write \(hint) such as \(site.example)"
            guard let scalar = node.scalar, !node.isNull else {
                reading.problems.report(node.place, site.path, "is \(node.kindName), not \(name); \(fix)")
                return nil
            }
            guard scalar.isUsable else { return nil }
            do throws(QuantityError) {
                return try convert(scalar.text)
            } catch {
                let shown = isSecret ? "the value" : Quotation.of(scalar.shown)
                reading.problems.report(node.place, site.path, "\(shown) \(error.reason); \(fix)")
                return nil
            }
        }
    }
}

extension ValueType where Value == String {
    /// A text of at least one character, without control characters.
    package static func text(_ name: String, pattern: String? = nil) -> ValueType {
        .scalar(
            name, hint: name, schema: textSchema(pattern), encode: { .string($0) },
            convert: { text throws(QuantityError) in
                guard !text.isEmpty else { throw QuantityError("is empty") }
                guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
                    throw QuantityError("has a control character")
                }
                return text
            }
        )
    }

    /// The name of a model, service or upstream.
    package static func name(of thing: String) -> ValueType {
        .scalar(
            "the name of \(thing)", hint: "a name", schema: textSchema(ModelName.pattern), encode: { .string($0) },
            convert: { text throws(QuantityError) in
                guard ModelName.isValid(text) else { throw QuantityError("is not a name; \(ModelName.rule)") }
                return text
            }
        )
    }

    /// A path; variables and `~/` are resolved later, when all folders are known.
    package static let path = ValueType.text("a path")

    private static func textSchema(_ pattern: String?) -> JSONValue {
        guard let pattern else { return .object(["type": "string", "minLength": 1]) }
        return .object(["anyOf": [.object(["type": "string", "pattern": .string(pattern)]), environmentReference]])
    }
}

extension ValueType where Value == Bool {
    package static let bool = ValueType.scalar(
        "true or false", hint: "true or false", isHintComplete: true,
        schema: .orEnvironment(.object(["type": "boolean"])), encode: { .bool($0) },
        convert: { text throws(QuantityError) in
            switch text {
            case "true": true
            case "false": false
            default: throw QuantityError("is neither true nor false")
            }
        }
    )
}

extension ValueType where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One word of a fixed list.
    package static func choice(_ name: String) -> ValueType {
        let words = Value.allCases.map(\.rawValue)
        return .scalar(
            name, hint: words.joined(separator: " or "), isHintComplete: true,
            schema: .orEnvironment(.object(["enum": .array(words.map { .string($0) })])),
            encode: { .string($0.rawValue) },
            convert: { text throws(QuantityError) in
                guard let value = Value(rawValue: text) else {
                    throw QuantityError("is not \(name)")
                }
                return value
            }
        )
    }
}

/// A text with `${env.NAME}`, allowed wherever a scalar is.
package let environmentReference = JSONValue.object(["$ref": "#/$defs/environmentReference"])

extension JSONValue {
    package static func orEnvironment(_ schema: JSONValue) -> JSONValue {
        .object(["anyOf": [schema, environmentReference]])
    }
}
