import NIOCore
import Synchronization

/// A connection, as the table of all of them knows it.
final class Guest: Sendable {
    let address: ClientAddress?
    let standing: ConnectionTable.Standing
    /// Asks it to leave, from any thread.
    let leave: @Sendable () -> Void
    /// Since when it has no request under way, in nanoseconds, and in the lowest bit whether it has had an answer;
    /// `busy` while it has one.
    private let quiet = Atomic(Guest.busy)
    private static let busy = UInt64.max
    /// Its index in the table, under whose lock it changes; below 0: it is not counted.
    let place = Atomic(-1)

    init(
        _ address: ClientAddress?, _ standing: ConnectionTable.Standing, _ leave: @escaping @Sendable () -> Void
    ) {
        self.address = address
        self.standing = standing
        self.leave = leave
    }

    /// Its place among those that can be given up, the lowest first; nil while a request of it is under way.
    ///
    /// First come those that have never asked anything though they had the time to, then those that may ask again, and
    /// only then those that have just come; of each the longest idle.
    func rank(at now: NIODeadline) -> Rank? {
        let quiet = quiet.load(ordering: .relaxed)
        guard quiet != Self.busy else { return nil }
        let since = NIODeadline.uptimeNanoseconds(quiet >> 1)
        let hasServed = quiet & 1 == 1
        return Rank(order: hasServed ? 1 : now - since < Self.timeToAsk ? 2 : 0, since: since)
    }

    struct Rank: Comparable {
        let order: Int
        let since: NIODeadline

        static func < (left: Rank, right: Rank) -> Bool { (left.order, left.since) < (right.order, right.since) }
    }

    private static let timeToAsk = TimeAmount.seconds(1)

    var hasRequest: Bool { quiet.load(ordering: .relaxed) == Self.busy }

    func isBusy() { quiet.store(Self.busy, ordering: .relaxed) }

    /// - Parameter hasServed: whether it has had an answer.
    func isQuiet(since now: NIODeadline, hasServed: Bool) {
        quiet.store(now.uptimeNanoseconds << 1 | (hasServed ? 1 : 0), ordering: .relaxed)
    }
}

/// Who a connection comes from, as far as clients can be distinguished: an IPv4 address, or an IPv6 network of 64 bits,
/// all of which is one subscriber's.
enum ClientAddress: Sendable, Hashable {
    case v4(UInt32)
    case v6(UInt64)

    /// nil for Unix sockets.
    init?(_ address: SocketAddress?) {
        switch address {
        case .v4(let address): self = .v4(UInt32(bigEndian: address.address.sin_addr.s_addr))
        case .v6(let address): self.init(withUnsafeBytes(of: address.address.sin6_addr) { Array($0) })
        default: return nil
        }
    }

    private init(_ bytes: [UInt8]) {
        let words = bytes.reduce(into: (high: UInt64(0), low: UInt64(0))) { sum, byte in
            sum = (sum.high << 8 | sum.low >> 56, sum.low << 8 | UInt64(byte))
        }
        // ::ffff:a.b.c.d, as listeners of both kinds see IPv4.
        let isMapped = words.high == 0 && words.low >> 32 == 0xFFFF
        self = isMapped ? .v4(UInt32(truncatingIfNeeded: words.low)) : .v6(words.high)
    }
}
