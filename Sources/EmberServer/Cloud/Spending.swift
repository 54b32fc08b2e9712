/// Money spent in the cloud against what may be: in all and by service, a day and a month (UTC).
///
/// A request reserves the most that it can cost before it is sent anywhere, and gives back the rest when it has ended;
/// so no budget is ever exceeded, and what a crash leaves reserved counts as spent. Every day and every month has an
/// account of its own: a clock that was wrong has filled another day's account, and finds the present one as it left
/// it.
struct Spending: Sendable, Equatable {
    /// The most that may be spent in a day and in a month; nil: no bound.
    struct Budget: Sendable, Equatable {
        var day: Double?
        var month: Double?
    }

    /// Money of a day and of its month.
    struct Amounts: Sendable, Equatable {
        let day: Double
        let month: Double
    }

    /// By days since 1970.
    private var days = SpendingBook()
    /// By months since year 0.
    private var months = SpendingBook()

    /// Sets money aside; false where a budget has less left than that, and then nothing is set aside.
    mutating func reserve(
        _ amount: Double, for service: String, at time: Double, total budget: Budget, service own: Budget
    ) -> Bool {
        let now = Calendar(time)
        let (day, month) = (days.account(of: now.day), months.account(of: now.month))
        guard day.fits(amount, for: service, total: budget.day, service: own.day),
            month.fits(amount, for: service, total: budget.month, service: own.month)
        else { return false }
        days.change(now.day) { $0.reserve(amount, for: service) }
        months.change(now.month) { $0.reserve(amount, for: service) }
        return true
    }

    /// When it may be worth trying again to set so much aside, in seconds: soon, where requests that have not ended
    /// hold what is missing; else once the next day, or month, begins.
    func wait(
        toReserve amount: Double, for service: String, at time: Double, total budget: Budget, service own: Budget
    ) -> Double {
        let now = Calendar(time)
        let (day, month) = (days.account(of: now.day), months.account(of: now.month))
        if !month.couldFit(amount, for: service, total: budget.month, service: own.month) {
            return now.secondsLeftOfMonth
        }
        if !day.couldFit(amount, for: service, total: budget.day, service: own.day) { return now.secondsLeft }
        return Self.secondsUntilRequestsEnd
    }

    private static let secondsUntilRequestsEnd = 1.0

    /// A request that had reserved has ended and has cost `spent`: that counts where it was reserved.
    mutating func settle(reserved: Double, spent: Double, for service: String, reservedAt: Double) {
        let then = Calendar(reservedAt)
        days.change(then.day) { $0.settle(reserved: reserved, spent: spent, for: service) }
        months.change(then.month) { $0.settle(reserved: reserved, spent: spent, for: service) }
    }

    /// What was spent or is reserved in the day and the month of that time.
    ///
    /// - Parameter service: nil: all together.
    func spent(by service: String? = nil, at time: Double) -> Amounts {
        let now = Calendar(time)
        return Amounts(
            day: days.account(of: now.day).spent(by: service), month: months.account(of: now.month).spent(by: service))
    }

    /// What requests have reserved that have not ended.
    var held: Double { days.held }

    /// Nothing was ever reserved.
    var isEmpty: Bool { days.isEmpty }

    /// With the larger sum of both of each account: neither forgets what the other has spent.
    func merged(with other: Spending) -> Spending {
        var merged = self
        merged.days.merge(other.days)
        merged.months.merge(other.months)
        return merged
    }
}

extension Spending {
    /// A moment as budgets see it.
    struct Calendar: Sendable, Equatable {
        /// Days since 1970.
        let day: Int
        /// Months since year 0.
        let month: Int
        /// Until the next day begins.
        let secondsLeft: Double

        /// - Parameter time: seconds since 1970.
        init(_ time: Double) {
            let seconds = max(0, time)
            day = Int(seconds / 86_400)
            secondsLeft = 86_400 - seconds.truncatingRemainder(dividingBy: 86_400)
            // Days to a date, after Hinnant, "chrono-compatible low-level date algorithms".
            let shifted = day + 719_468
            let era = shifted / 146_097
            let dayOfEra = shifted % 146_097
            let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
            let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
            let shiftedMonth = (5 * dayOfYear + 2) / 153
            month = 12 * (era * 400 + year) + shiftedMonth + 2
        }

        /// Until the next month begins.
        var secondsLeftOfMonth: Double {
            var seconds = secondsLeft
            while Calendar(Double(day) * 86_400 + 86_400 + seconds - secondsLeft).month == month { seconds += 86_400 }
            return seconds
        }
    }
}

extension Spending: Codable {
    static let version = 2

    private enum CodingKeys: String, CodingKey { case version, days, months }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.version, forKey: .version)
        try container.encode(days, forKey: .days)
        try container.encode(months, forKey: .months)
    }

    /// Version 1 had no number, and the accounts of one day and one month alone.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let version = try container.decodeIfPresent(Int.self, forKey: .version) else {
            let first = try Version1(from: decoder)
            self.init(
                days: SpendingBook(first.account(of: first.now.day, \.day)),
                months: SpendingBook(first.account(of: first.now.month, \.month)))
            return
        }
        guard version == Self.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: container, debugDescription: "version \(version), expected \(Self.version)")
        }
        self.init(
            days: try container.decode(SpendingBook.self, forKey: .days),
            months: try container.decode(SpendingBook.self, forKey: .months))
    }

    private struct Version1: Decodable {
        struct Sums: Decodable {
            var day: Double
            var month: Double
        }
        struct Now: Decodable {
            var day: Int
            var month: Int
        }
        var now: Now
        var total: Sums
        var services: [String: Sums]

        func account(of span: Int, _ sum: KeyPath<Sums, Double>) -> SpendingAccount {
            SpendingAccount(span: span, total: total[keyPath: sum], services: services.mapValues { $0[keyPath: sum] })
        }
    }
}
