/// Money spent in the cloud against what may be: in all and by service, a day and a month (UTC).
///
/// A request reserves the most that it can cost before it is sent anywhere, and gives back the rest when it has ended; so
/// no budget is ever exceeded, and what a crash leaves reserved counts as spent.
struct Spending: Sendable, Equatable, Codable {
    /// The most that may be spent in a day and in a month; nil: no bound.
    struct Budget: Sendable, Equatable {
        var day: Double?
        var month: Double?
    }

    /// Money, reserved or spent, of the current day and month.
    struct Account: Sendable, Equatable, Codable {
        fileprivate(set) var day = 0.0
        fileprivate(set) var month = 0.0
        /// Of these, what requests have set aside that have not ended. A crash spends it.
        fileprivate(set) var held = 0.0

        private enum CodingKeys: String, CodingKey { case day, month }
    }

    /// A moment as budgets see it.
    struct Calendar: Sendable, Equatable, Codable {
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

    private var now: Calendar
    private(set) var total = Account()
    /// By service.
    private(set) var services: [String: Account] = [:]

    init(at time: Double) { now = Calendar(time) }

    /// Sets money aside; false where a budget has not so much left, and then nothing is.
    mutating func reserve(
        _ amount: Double, for service: String, at time: Double, total budget: Budget, service own: Budget
    ) -> Bool {
        turn(to: time)
        let account = services[service] ?? Account()
        guard Self.fits(amount, total, budget), Self.fits(amount, account, own) else { return false }
        add(amount, to: service)
        return true
    }

    /// When it may be worth trying again to set so much aside, in seconds: soon, where requests that have not ended hold what is
    /// missing; else once the next day, or month, begins.
    func wait(toReserve amount: Double, for service: String, total budget: Budget, service own: Budget) -> Double {
        func wait(_ account: Account, _ budget: Budget) -> Double {
            if let month = budget.month, account.month - account.held + amount > month { return now.secondsLeftOfMonth }
            if let day = budget.day, account.day - account.held + amount > day { return now.secondsLeft }
            return Self.secondsUntilRequestsEnd
        }
        return max(wait(total, budget), wait(services[service] ?? Account(), own))
    }

    private static let secondsUntilRequestsEnd = 1.0

    /// A request that had reserved has ended and has cost so much.
    ///
    /// - Parameter reservedAt: when it had: what was reserved on another day stays spent on that day.
    mutating func settle(
        reserved: Double, spent: Double, for service: String, reservedAt: Double, at time: Double
    ) {
        let then = Calendar(reservedAt)
        turn(to: time)
        let back = reserved - spent
        total.held -= reserved
        services[service]?.held -= reserved
        let (isSameDay, isSameMonth) = (then.day == now.day, then.month == now.month)
        giveBack(isSameDay ? back : 0, isSameMonth ? back : 0, to: service)
    }

    private static func fits(_ amount: Double, _ account: Account, _ budget: Budget) -> Bool {
        (budget.day.map { account.day + amount <= $0 } ?? true)
            && (budget.month.map { account.month + amount <= $0 } ?? true)
    }

    private mutating func add(_ amount: Double, to service: String) {
        total.day += amount
        total.month += amount
        total.held += amount
        var account = services[service] ?? Account()
        account.day += amount
        account.month += amount
        account.held += amount
        services[service] = account
    }

    private mutating func giveBack(_ day: Double, _ month: Double, to service: String) {
        total.day = max(0, total.day - day)
        total.month = max(0, total.month - month)
        guard var account = services[service] else { return }
        account.day = max(0, account.day - day)
        account.month = max(0, account.month - month)
        services[service] = account
    }

    /// A new day, or month, begins with nothing spent. Clocks that go back change nothing.
    mutating func turn(to time: Double) {
        let next = Calendar(time)
        guard next.day > now.day else { return }
        let isNewMonth = next.month > now.month
        now = next
        total.day = 0
        if isNewMonth { total.month = 0 }
        for name in services.keys {
            services[name]?.day = 0
            if isNewMonth { services[name]?.month = 0 }
        }
    }
}
