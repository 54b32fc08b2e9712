import EmberCore
import Foundation

/// What an operator may do, as far as a plan's figures say so.
struct PlanAdvice {
    /// Savings below this share of the cost are not worth a change: other days differ by more.
    private static let worthwhile = 0.03
    /// A smaller memory may cost this much more.
    private static let tolerated = 0.05

    private let rows: [PlanRow]
    private let memoryBytes: Int
    private let models: [PlanOutcome.Model]

    init(_ rows: [PlanRow], memoryBytes: Int, models: [PlanOutcome.Model]) {
        (self.rows, self.memoryBytes, self.models) = (rows, memoryBytes, models)
    }

    var sentences: [String] {
        let present = rows[0]
        guard present.requests > 0 else { return ["There are no requests to plan for."] }
        let notes = [misfits, policy, smaller, larger, cloud].compactMap(\.self)
        return notes.isEmpty ? ["Nothing here is better by more than 3 %: leave it as it is."] : notes
    }

    private var present: PlanRow { rows[0] }

    /// Cases that refuse no more requests than the present one, where the cloud may take what it takes now.
    private var comparable: [PlanRow] { rows.filter { $0.cloud == .asItIs && $0.refused <= present.refused } }

    private func best(where isWanted: (PlanRow) -> Bool) -> PlanRow? {
        comparable.filter(isWanted).min { $0.costPerHour < $1.costPerHour }
    }

    private var misfits: String? {
        let names = models.filter { !$0.fits }.map(\.name)
        return names.isEmpty ? nil : "Never in memory, as it is too large: \(names.joined(separator: ", "))."
    }

    private var policy: String? {
        guard let best = best(where: { $0.memoryBytes == memoryBytes }), best.policy != present.policy else {
            return nil
        }
        let saved = saving(of: best)
        guard saved >= Self.worthwhile else { return nil }
        return "The policy \(best.policy) would cost \(percent(saved)) less than \(present.policy)."
    }

    private var smaller: String? {
        let enough = comparable.filter {
            $0.memoryBytes < memoryBytes && $0.costPerHour <= present.costPerHour * (1 + Self.tolerated)
        }
        guard let least = enough.min(by: { ($0.memoryBytes, $0.costPerHour) < ($1.memoryBytes, $1.costPerHour) }) else {
            return nil
        }
        return "\(Bytes(least.memoryBytes).megabytes) of memory would do, with \(least.policy): that costs at most 5 % "
            + "more."
    }

    private var larger: String? {
        guard let best = best(where: { $0.memoryBytes > memoryBytes }), saving(of: best) >= 2 * Self.worthwhile else {
            return nil
        }
        return "With \(Bytes(best.memoryBytes).megabytes) of memory and \(best.policy) it would cost "
            + "\(percent(saving(of: best))) less, with \(figure(best.loadsPerHour)) loads an hour instead of "
            + "\(figure(present.loadsPerHour))."
    }

    private var cloud: String? {
        guard present.cloudShare > 0, let without = rows.first(where: { $0.cloud == .none }) else { return nil }
        let refused = without.refused - present.refused
        if refused > 0 {
            return "Without the cloud, \(figure(refused)) more requests would be refused, and "
                + "\(figure(present.billPerDay)) of money a day saved."
        }
        let change = without.costPerHour / max(present.costPerHour, 1e-9) - 1
        return "Without the cloud it would cost \(percent(abs(change))) \(change < 0 ? "less" : "more"), and "
            + "\(figure(present.billPerDay)) of money a day would be saved."
    }

    private func saving(of row: PlanRow) -> Double {
        present.costPerHour > 0 ? 1 - row.costPerHour / present.costPerHour : 0
    }

    private func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }

    private func figure(_ value: Double) -> String { String(format: value < 10 ? "%.2f" : "%.0f", value) }
}
