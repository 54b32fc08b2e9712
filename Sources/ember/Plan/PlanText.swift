import EmberCore
import EmberSim
import Foundation

/// A plan's outcome for people.
struct PlanText {
    let outcome: PlanOutcome

    init(_ outcome: PlanOutcome) { self.outcome = outcome }

    var text: String { [heading, models, rows, advice].joined(separator: "\n") }

    private var heading: String {
        let hours = String(format: "%.1f", outcome.seconds / 3600)
        let source = outcome.source == .log ? "of the log" : "drawn by the rates"
        let requests = Int(outcome.requests.rounded())
        return "\(requests) requests in \(hours) h, \(source); memory \(megabytes(outcome.memoryBytes))\n"
    }

    private var models: String {
        Table(
            columns: ["MODEL", "MEMORY", "FITS", "REQUESTS/H", "IN MEMORY"],
            rows: outcome.models.map { model in
                [
                    model.name, model.bytes > 0 ? megabytes(model.bytes) : "cloud", model.fits ? "yes" : "NEVER",
                    String(format: "%.1f", model.requestsPerHour), percent(model.residentShare),
                ]
            }
        ).text
    }

    private var rows: String {
        Table(
            columns: [
                "POLICY", "MEMORY", "CLOUD", "COST/H", "LOADS/H", "MEAN WAIT", "99 % WAIT", "REFUSED", "IN CLOUD",
                "BILL/DAY",
            ],
            rows: outcome.rows.enumerated().map { index, row in
                [
                    row.policy + (index == 0 ? " (now)" : ""), megabytes(row.memoryBytes), cloud(row),
                    String(format: "%.2f", row.costPerHour), String(format: "%.1f", row.loadsPerHour),
                    String(format: "%.2f s", row.meanWaitSeconds), String(format: "%.1f s", row.wait99Seconds),
                    String(format: "%.0f", row.refused), percent(row.cloudShare),
                    String(format: "%.4f", row.billPerDay),
                ]
            }
        ).text
    }

    private var advice: String { outcome.advice.map { $0 + "\n" }.joined() }

    private func cloud(_ row: PlanRow) -> String {
        switch row.cloud {
        case .asItIs: "as it is"
        case .none: "none"
        case .limit: String(format: "up to %.4g", row.cloudLimit ?? 0)
        }
    }

    private func megabytes(_ bytes: Int) -> String { Bytes(bytes).megabytes }

    private func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }
}
