/// The accounts of a few days, or of a few months, in the order of their last use.
///
/// With a clock that is right only the present one matters. The others are there for one that jumps and comes back: it
/// must neither find a full account emptied, nor fill that of another day.
struct SpendingBook: Sendable, Equatable {
    static let mostAccounts = 8

    private var accounts: [SpendingAccount] = []

    init(_ first: SpendingAccount? = nil) { accounts = first.map { [$0] } ?? [] }

    var isEmpty: Bool { accounts.isEmpty }
    var held: Double { accounts.reduce(0) { $0 + $1.held } }

    /// An empty one where there is none.
    func account(of span: Int) -> SpendingAccount {
        accounts.last { $0.span == span } ?? SpendingAccount(span: span)
    }

    /// Changes an account, which is made where there is none; the one used longest ago goes where there are too many.
    mutating func change(_ span: Int, _ change: (inout SpendingAccount) -> Void) {
        var account = account(of: span)
        accounts.removeAll { $0.span == span }
        change(&account)
        accounts.append(account)
        accounts.removeFirst(max(0, accounts.count - Self.mostAccounts))
    }

    mutating func merge(_ other: SpendingBook) {
        for theirs in other.accounts { change(theirs.span) { $0 = $0.merged(with: theirs) } }
    }
}

extension SpendingBook: Codable {
    init(from decoder: any Decoder) throws { accounts = try [SpendingAccount](from: decoder) }
    func encode(to encoder: any Encoder) throws { try accounts.encode(to: encoder) }
}

/// Money of one day, or one month, in all and by service.
struct SpendingAccount: Sendable, Equatable, Codable {
    /// Which day or month it is.
    let span: Int
    /// Spent or reserved.
    private var total: Double
    private var services: [String: Double]
    /// Of these, what requests have reserved that have not ended. A crash spends it: so no file has it.
    private(set) var held = 0.0
    private var heldByServices: [String: Double] = [:]

    private enum CodingKeys: String, CodingKey { case span, total, services }

    init(span: Int, total: Double = 0, services: [String: Double] = [:]) {
        (self.span, self.total, self.services) = (span, total, services)
    }

    func spent(by service: String?) -> Double { service.map { services[$0] ?? 0 } ?? total }

    /// Whether `amount` more is within the bounds; nil: no bound.
    func fits(_ amount: Double, for service: String, total bound: Double?, service own: Double?) -> Bool {
        Self.fits(total + amount, bound) && Self.fits(spent(by: service) + amount, own)
    }

    /// The same, once all requests under way have ended and cost nothing.
    func couldFit(_ amount: Double, for service: String, total bound: Double?, service own: Double?) -> Bool {
        Self.fits(total - held + amount, bound)
            && Self.fits(spent(by: service) - (heldByServices[service] ?? 0) + amount, own)
    }

    private static func fits(_ sum: Double, _ bound: Double?) -> Bool { bound.map { sum <= $0 } ?? true }

    mutating func reserve(_ amount: Double, for service: String) {
        total += amount
        services[service, default: 0] += amount
        held += amount
        heldByServices[service, default: 0] += amount
    }

    mutating func settle(reserved: Double, spent: Double, for service: String) {
        total = max(0, total + spent - reserved)
        services[service] = max(0, (services[service] ?? 0) + spent - reserved)
        held = max(0, held - reserved)
        heldByServices[service] = max(0, (heldByServices[service] ?? 0) - reserved)
    }

    func merged(with other: SpendingAccount) -> SpendingAccount {
        var merged = self
        merged.total = max(total, other.total)
        merged.services.merge(other.services) { max($0, $1) }
        return merged
    }
}
