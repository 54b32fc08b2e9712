import Foundation

/// An IPv4 or IPv6 address as its bytes; IPv4 inside of IPv6 is IPv4.
struct IPAddress: Hashable, Sendable {
    let bytes: [UInt8]

    /// nil for what is a name.
    init?(_ text: String) {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
            return
        }
        var six = in6_addr()
        // A zone (%eth0) names an interface, and not another address.
        guard inet_pton(AF_INET6, String(text.prefix { $0 != "%" }), &six) == 1 else { return nil }
        let all = withUnsafeBytes(of: &six) { Array($0) }
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        bytes = all.starts(with: mapped) ? Array(all.dropFirst(12)) : all
    }

    /// 127.0.0.0/8 or ::1.
    var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }

    /// Whether the first bits are those of `other`.
    func begins(like other: IPAddress, bits: Int) -> Bool {
        guard bytes.count == other.bytes.count else { return false }
        for (index, (own, its)) in zip(bytes, other.bytes).enumerated() where index * 8 < bits {
            let counted = min(8, bits - index * 8)
            if (own ^ its) >> (8 - counted) != 0 { return false }
        }
        return true
    }
}
