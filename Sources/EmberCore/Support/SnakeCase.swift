/// Names of cases in JSON, headers and codes.
enum SnakeCase {
    /// `queueFull` as `queue_full`; names are ASCII. O(length).
    static func of(_ name: String) -> String {
        guard name.utf8.contains(where: { capitals.contains($0) }) else { return name }
        var result: [UInt8] = []
        for byte in name.utf8 {
            let isCapital = capitals.contains(byte)
            if isCapital { result.append(UInt8(ascii: "_")) }
            result.append(isCapital ? byte + UInt8(ascii: "a") - UInt8(ascii: "A") : byte)
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
}
