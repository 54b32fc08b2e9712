import Foundation

/// Servers that are reached without a proxy: the list of NO_PROXY.
///
/// An entry is `*`, a name (with everything below it, with or without a dot or `*.` before it), an address, or a range
/// such as 10.0.0.0/8; a name or address may have a port. Entries are separated by commas or blanks.
struct ProxyExceptions: Sendable {
    private enum Rule: Sendable {
        case all
        case name(String, port: Int?)
        case address(IPAddress, port: Int?)
        case range(IPAddress, bits: Int)
    }

    private let rules: [Rule]

    init(_ text: String) {
        rules = text.split { $0 == "," || $0.isWhitespace }.compactMap { Self.rule(String($0).lowercased()) }
    }

    /// - Parameter host: without brackets.
    func cover(_ host: String, port: Int) -> Bool {
        var name = host.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let address = IPAddress(name)
        return rules.contains { rule in
            switch rule {
            case .all: true
            case .name(let suffix, let its): (its ?? port) == port && (name == suffix || name.hasSuffix("." + suffix))
            case .address(let own, let its): (its ?? port) == port && own == address
            case .range(let start, let bits): address?.begins(like: start, bits: bits) ?? false
            }
        }
    }

    /// nil for what means nothing, as other programs pass over it, too.
    private static func rule(_ entry: String) -> Rule? {
        if entry == "*" { return .all }
        if let address = IPAddress(entry.trimmingCharacters(in: ["[", "]"])) { return .address(address, port: nil) }
        if let slash = entry.firstIndex(of: "/") {
            guard let start = IPAddress(String(entry[..<slash])), let bits = Int(entry[entry.index(after: slash)...]),
                (0...start.bytes.count * 8).contains(bits)
            else { return nil }
            return .range(start, bits: bits)
        }
        var (name, port) = (entry[...], Int?.none)
        if let colon = entry.lastIndex(of: ":"), let number = Int(entry[entry.index(after: colon)...]) {
            (name, port) = (entry[..<colon], number)
        }
        if let address = IPAddress(name.trimmingCharacters(in: ["[", "]"])) { return .address(address, port: port) }
        if name.hasPrefix("*.") { name = name.dropFirst(2) }
        while name.hasPrefix(".") { name = name.dropFirst() }
        if name.hasSuffix(".") { name = name.dropLast() }
        return name.isEmpty ? nil : .name(String(name), port: port)
    }
}
