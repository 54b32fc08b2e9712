import EmberCore
import EmberSystem

extension MemoryEstimate: CustomStringConvertible {
    /// The sum as text: "weights 97 MB + KV cache 94 MB (4096 tokens x 30 layers) + ... = 277 MB".
    ///
    /// Megabytes are millions of bytes. With offloaded layers, main memory and GPU memory are summed apart.
    public var description: String {
        guard gpuBytes > 0 else { return Self.arithmetic(parts, bytes: \.hostBytes) }
        return "host: \(Self.arithmetic(parts, bytes: \.hostBytes)); GPU: \(Self.arithmetic(parts, bytes: \.gpuBytes))"
    }

    private static func arithmetic(_ parts: [Part], bytes: (Part) -> Int) -> String {
        let terms = parts.filter { bytes($0) > 0 }.map { part in
            let reason = part.reason.isEmpty ? "" : " (\(part.reason))"
            return "\(part.kind.rawValue) \(Bytes(bytes(part)).megabytes)\(reason)"
        }
        return terms.joined(separator: " + ") + " = " + Bytes(Clamped.sum(parts.map(bytes))).megabytes
    }
}
