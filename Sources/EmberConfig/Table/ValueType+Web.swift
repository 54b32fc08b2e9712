import EmberDocument

extension ValueType where Value == OriginPattern {
    static let origin = ValueType.scalar(
        "an origin", hint: "an origin", schema: .orEnvironment(.object(["type": "string", "minLength": 1])),
        encode: { .string($0.text) }, convert: OriginPattern.parse
    )
}

extension ValueType where Value == HostPattern {
    static let hostName = ValueType.scalar(
        "a host's name", hint: "a name", schema: .orEnvironment(.object(["type": "string", "minLength": 1])),
        encode: { .string($0.text) }, convert: HostPattern.parse
    )
}
