/// Byte counts as text: "600MiB", "1.5GB", "123456".
public enum ByteFormat {
    private static let bytesOfUnit: [(unit: String, bytes: Double)] = [
        ("TiB", 1_099_511_627_776), ("GiB", 1_073_741_824), ("MiB", 1_048_576), ("KiB", 1024),
        ("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("KB", 1e3), ("B", 1),
    ]

    /// The number of bytes that a text such as "600MiB" stands for; fractions of a byte are rounded.
    public static func parse(_ text: String) throws(QuantityError) -> Int {
        if let bytes = Int(text), text.first?.isNumber == true { return bytes }
        guard let parts = QuantityScanner.parts(of: text), parts.count == 1 else {
            throw QuantityError("is not a number of bytes")
        }
        let bytes = (parts[0].number * (try scale(of: parts[0].unit))).rounded()
        guard bytes < 9_223_372_036_854_774_784 else { throw QuantityError("is more than 8 EiB") }
        return Int(bytes)
    }

    /// The exact text of a number of bytes, in the largest binary unit that divides it; `parse` gives it back.
    public static func format(_ bytes: Int) -> String {
        for (unit, size) in bytesOfUnit.prefix(4) where bytes != 0 && bytes % Int(size) == 0 {
            return "\(bytes / Int(size))\(unit)"
        }
        return String(bytes)
    }

    /// A text for people, in a binary unit with one decimal, such as "1.4GiB".
    public static func approximate(_ bytes: Int) -> String {
        for (unit, size) in bytesOfUnit.prefix(4) where Double(bytes) >= size {
            let tenths = Int((Double(bytes) / size * 10).rounded())
            return "\(tenths / 10).\(tenths % 10)\(unit)"
        }
        return "\(bytes)B"
    }

    private static func scale(of unit: String) throws(QuantityError) -> Double {
        if let known = bytesOfUnit.first(where: { $0.unit == unit }) { return known.bytes }
        if unit.isEmpty { throw QuantityError("is a fraction without a unit") }
        guard let letter = unit.first?.uppercased(), ["K", "M", "G", "T"].contains(letter) else {
            throw QuantityError("has a unit that is none of B, KB, MB, GB, TB, KiB, MiB, GiB and TiB")
        }
        throw QuantityError("has an unclear unit; \(letter)iB counts in powers of 1024, \(letter)B of 1000")
    }
}
