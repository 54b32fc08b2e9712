import EmberCore
import EmberDocument

extension ValueType where Value == MemoryBudget {
    static let budget = ValueType.scalar(
        "a memory budget", hint: "bytes or a share", schema: .quantity(pattern: "\(BytePattern.text)|^[0-9.]+%$"),
        encode: { .string($0.text) }, convert: MemoryBudget.parse
    )
}

extension ValueType where Value == MemoryBudget {
    static let gpuBudget = ValueType.scalar(
        "a GPU's budget", hint: "bytes, a share or 0",
        schema: .quantity(pattern: "\(BytePattern.text)|^[0-9.]+%$"),
        encode: { $0 == .bytes(0) ? .integer(0) : .string($0.text) }, convert: MemoryBudget.parseOfGPU
    )
}

extension ValueType where Value == ListenAddress {
    static let listenAddress = ValueType.scalar(
        "an address", hint: "host:port or unix:/path", schema: .object(["type": "string", "minLength": 1]),
        encode: { .string($0.text) }, convert: ListenAddress.parse
    )
}

extension ValueType where Value == StateKeep {
    static let keep = ValueType.scalar(
        "a time to keep states", hint: "none, unlimited, or a number and ms, s, m, h or d",
        schema: .object(["type": "string", "minLength": 1]), encode: { .string($0.text) }, convert: StateKeep.parse
    )
}

extension ValueType where Value == Secret {
    /// A key as HTTP headers carry it: visible ASCII characters only, so that it can't add a header.
    static let secret = ValueType.scalar(
        "a key", hint: "visible ASCII characters without spaces,", schema: .object(["type": "string", "minLength": 1]),
        isSecret: true, convert: KeyText.secret
    )
}
