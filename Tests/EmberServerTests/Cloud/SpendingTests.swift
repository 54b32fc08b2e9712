import EmberCore
import Foundation
import Testing

@testable import EmberServer

@Suite struct SpendingTests {
    /// 2026-01-31, noon.
    private let january = 1_769_860_800.0
    private let day = 86_400.0

    @Test func knowsDaysAndMonths() {
        for (time, month) in [(0.0, 1970 * 12), (january, 2026 * 12), (january + day, 2026 * 12 + 1)] {
            #expect(Spending.Calendar(time).month == month, "\(time)")
        }
        #expect(Spending.Calendar(951_782_400).month == 2000 * 12 + 1)  // 2000-02-29
        #expect(Spending.Calendar(951_868_800).month == 2000 * 12 + 2)  // 2000-03-01
        #expect(Spending.Calendar(january).secondsLeft == day / 2)
    }

    @Test func aReservationCountsUntilTheRestIsGivenBack() {
        var spending = Spending()
        let (total, none) = (Spending.Budget(day: 1, month: nil), Spending.Budget())
        let reserved1 = spending.reserve(0.7, for: "s", at: january, total: total, service: none)
        #expect(reserved1)
        let reserved2 = spending.reserve(0.4, for: "s", at: january, total: total, service: none)
        #expect(!reserved2)
        spending.settle(reserved: 0.7, spent: 0.2, for: "s", reservedAt: january)
        #expect(abs(spending.spent(at: january).day - 0.2) < 1e-12)
        let reserved3 = spending.reserve(0.8, for: "s", at: january, total: total, service: none)
        #expect(reserved3)
    }

    @Test func servicesHaveBudgetsOfTheirOwn() {
        var spending = Spending()
        let (total, own) = (Spending.Budget(day: 10, month: nil), Spending.Budget(day: 1, month: nil))
        let reserved4 = spending.reserve(2, for: "a", at: january, total: total, service: own)
        #expect(!reserved4)
        let reserved5 = spending.reserve(2, for: "b", at: january, total: total, service: .init())
        #expect(reserved5)
        let reserved6 = spending.reserve(1, for: "a", at: january, total: total, service: own)
        #expect(reserved6)
        #expect(spending.spent(at: january).day == 3)
    }

    /// An upstream that does not keep to its bounds: what it charges is booked all the same.
    @Test func moreThanWasReservedCounts() {
        var spending = Spending()
        let total = Spending.Budget(day: 1, month: nil)
        let reserved = spending.reserve(0.1, for: "s", at: january, total: total, service: .init())
        #expect(reserved)
        spending.settle(reserved: 0.1, spent: 0.95, for: "s", reservedAt: january)
        #expect(abs(spending.spent(at: january).day - 0.95) < 1e-12)
        #expect(abs(spending.spent(by: "s", at: january).month - 0.95) < 1e-12)
        let again = spending.reserve(0.1, for: "s", at: january, total: total, service: .init())
        #expect(!again)
    }

    @Test func tellsWhenThereMayBeMoneyAgain() {
        var spending = Spending()
        let (total, own) = (Spending.Budget(day: 1, month: 3), Spending.Budget(day: 0.5, month: nil))
        func wait(_ amount: Double, _ service: String = "s", at time: Double? = nil) -> Double {
            spending.wait(toReserve: amount, for: service, at: time ?? january, total: total, service: own)
        }
        let reserved = spending.reserve(0.5, for: "s", at: january, total: total, service: own)
        #expect(reserved)
        // Held by a request that has not ended; spent; spent by the service alone; more than a month may take.
        #expect(wait(0.5) == 1)
        spending.settle(reserved: 0.5, spent: 0.5, for: "s", reservedAt: january)
        #expect(wait(0.4) == day / 2)
        #expect(wait(0.4, "t") == 1)
        #expect(wait(2.6) == day / 2)
        // By the time of the question, not of what was spent: it grows shorter as the day goes on.
        #expect(wait(0.4, at: january + 3600) == day / 2 - 3600 && wait(0.4, at: january + day / 2 - 1) == 1)
        spending.settle(reserved: 0, spent: 2.5, for: "t", reservedAt: january)
        // Noon of January's last day.
        #expect(wait(0.1) == day / 2)
        _ = spending.reserve(1, for: "u", at: january + day, total: .init(), service: .init())
        spending.settle(reserved: 1, spent: 3, for: "u", reservedAt: january + day)
        #expect(wait(0.1, at: january + day) == 27.5 * day && wait(0.1, at: january + 2 * day) == 26.5 * day)
    }

    /// A clock was wrong and is corrected: forward and back, by hours, days and years, before 1970 and after 2038.
    @Test(arguments: [-56 * 365.25, -31, -1, -0.5, 0.5, 1, 31, 14 * 365.25, 500 * 365.25])
    func aClockThatJumpsAndComesBack(
        _ days: Double
    ) throws {
        let total = Spending.Budget(day: 1, month: 1)
        var spending = Spending()
        let wrong = january + days * day
        let isOtherMonth = Spending.Calendar(wrong).month != Spending.Calendar(january).month
        func reserve(_ amount: Double, at time: Double) -> Bool {
            spending.reserve(amount, for: "s", at: time, total: total, service: .init())
        }
        let first = reserve(0.75, at: january)
        // Its budgets are its own where it is another day, or month.
        let second = reserve(0.75, at: wrong)
        #expect(first && second == isOtherMonth)
        spending = try JSONDecoder().decode(Spending.self, from: JSONEncoder().encode(spending))
        // What was spent by then is neither forgotten nor more than it was.
        let (third, fourth) = (reserve(0.5, at: january), reserve(0.25, at: january))
        #expect(!third && fourth && spending.spent(at: january) == .init(day: 1, month: 1))
        let wait = spending.wait(toReserve: 1, for: "s", at: january + 60, total: total, service: .init())
        #expect(wait == day / 2 - 60)
    }

    /// A request that runs while the clock jumps counts where it began, and is given back there.
    @Test func whatIsGivenBackIsGivenBackWhereItWasReserved() {
        var spending = Spending()
        let (total, wrong) = (Spending.Budget(day: 1, month: nil), january + 400 * day)
        let reserved = spending.reserve(1, for: "s", at: wrong, total: total, service: .init())
        #expect(reserved && spending.held == 1)
        let meanwhile = spending.reserve(1, for: "s", at: january, total: total, service: .init())
        spending.settle(reserved: 1, spent: 0.25, for: "s", reservedAt: wrong)
        #expect(meanwhile && spending.held == 1 && spending.spent(at: january).day == 1)
        #expect(spending.spent(at: wrong).day == 0.25)
    }

    @Test func aFewDaysAreKeptAndNoMore() {
        var spending = Spending()
        for days in 0..<40 {
            _ = spending.reserve(1, for: "s", at: january + Double(days) * day, total: .init(), service: .init())
        }
        #expect(spending.spent(at: january + 39 * day).day == 1 && spending.spent(at: january + 32 * day).day == 1)
        #expect(spending.spent(at: january + 31 * day).day == 0 && spending.spent(at: january + 31 * day).month == 11)
    }

    @Test func neitherOfTwoAccountsForgetsWhatTheOtherHasSpent() {
        func spending(_ amounts: [(String, Double)]) -> Spending {
            var spending = Spending()
            for (service, amount) in amounts {
                _ = spending.reserve(amount, for: service, at: january, total: .init(), service: .init())
            }
            return spending
        }
        let merged = spending([("a", 1), ("b", 4)]).merged(with: spending([("a", 3), ("c", 1)]))
        #expect(merged.spent(at: january).day == 5)
        #expect(["a", "b", "c"].map { merged.spent(by: $0, at: january).month } == [3, 4, 1])
    }

    @Test func aNewDayAndANewMonthBeginWithNothingSpent() {
        var spending = Spending()
        let total = Spending.Budget(day: 1, month: 1.5)
        let reserved7 = spending.reserve(1, for: "s", at: january - day, total: total, service: .init())
        #expect(reserved7)
        // The next day has its own budget, the month goes on; then comes February.
        let reserved8 = spending.reserve(1, for: "s", at: january, total: total, service: .init())
        #expect(!reserved8)
        let reserved9 = spending.reserve(1, for: "s", at: january + day, total: total, service: .init())
        #expect(reserved9)
        // What was reserved in January is not given back to February.
        spending.settle(reserved: 1, spent: 0, for: "s", reservedAt: january)
        #expect(spending.spent(at: january + day).month == 1)
    }

    /// Whatever is reserved and given back, in whatever order: what is truly spent never exceeds a budget.
    @Test(arguments: UInt64(1)...8) func noBudgetIsEverExceeded(_ seed: UInt64) {
        var lots = SeededGenerator(seed: seed)
        func number(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &lots) }
        let (total, own) = (Spending.Budget(day: 5, month: 20), Spending.Budget(day: 2, month: nil))
        var spending = Spending()
        var time = january
        var open: [(amount: Double, at: Double, service: String)] = []
        var truth: [String: Double] = [:]
        for _ in 0..<5000 {
            time += number(0...3000)
            if Bool.random(using: &lots), !open.isEmpty {
                let request = open.remove(at: Int.random(in: open.indices, using: &lots))
                let spent = number(0...request.amount)
                spending.settle(
                    reserved: request.amount, spent: spent, for: request.service, reservedAt: request.at)
                // It counts on the day on which it was sent.
                let began = Spending.Calendar(request.at)
                truth["day \(began.day)", default: 0] += spent
                truth["month \(began.month)", default: 0] += spent
                truth["\(request.service) \(began.day)", default: 0] += spent
            } else {
                let (amount, service) = (number(0...1.5), ["a", "b"].randomElement(using: &lots)!)
                if spending.reserve(amount, for: service, at: time, total: total, service: own) {
                    open.append((amount, time, service))
                }
            }
        }
        for (what, spent) in truth {
            let bound = what.hasPrefix("day") ? 5.0 : what.hasPrefix("month") ? 20 : 2
            #expect(spent <= bound + 1e-9, "seed \(seed), \(what): \(spent)")
        }
    }
}
