#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Requests per period of every instance, as a running mean in which older periods weigh less and less.
///
/// In slots this is m <- (1 - beta) m + beta R at the end of each slot, divided by the weight that all slots so far
/// have; requests of the slot under way do not count yet. Worked out when asked, so that silence costs nothing.
struct ArrivalRates: Sendable {
    private struct Tally {
        /// Requests from before `at`, weighted as they are at `at`.
        var before = 0.0
        var current = 0.0
        var at = 0.0
    }

    /// 1 - beta: what is left of a request's weight after one period.
    private let retention: Double
    private var tallies: [Tally]

    /// - Parameter weight: beta, the weight of the last period.
    init(weight: Double, instances: Int) {
        retention = 1 - weight
        tallies = Array(repeating: Tally(), count: instances)
    }

    /// Takes in requests that have arrived at `now`, in periods.
    mutating func count(_ requests: Int, of instance: InstanceID, at now: Double) {
        var tally = tallies[instance.index]
        if now > tally.at {
            tally.before = (tally.before + tally.current) * pow(retention, now - tally.at)
            tally.current = 0
            tally.at = now
        }
        tally.current += Double(requests)
        tallies[instance.index] = tally
    }

    /// Requests that have arrived at exactly `now`.
    func current(of instance: InstanceID, at now: Double) -> Double {
        tallies[instance.index].at == now ? tallies[instance.index].current : 0
    }

    /// Requests per period, from what came before `now`.
    func rate(of instance: InstanceID, at now: Double) -> Double {
        let allPeriods = 1 - pow(retention, now)
        guard allPeriods > 0 else { return 0 }
        let tally = tallies[instance.index]
        let seen =
            now > tally.at
            ? (tally.before + tally.current) * pow(retention, now - tally.at - 1) : tally.before / retention
        return (1 - retention) * seen / allPeriods
    }
}
