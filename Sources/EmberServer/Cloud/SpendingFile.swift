import Foundation
import Logging

/// What has been spent, in a small file of the state folder, so that a restart does not renew a budget.
struct SpendingFile: Sendable {
    private let path: String?
    private let logger: Logger

    /// - Parameter stateFolder: nil where nothing is to outlive the process.
    init(stateFolder: String?, logger: Logger) {
        path = stateFolder.map { $0 + "/spending.json" }
        self.logger = logger
    }

    /// What was spent before; a file that cannot be read is told, and nothing counts as spent.
    func read(at time: Double) -> Spending {
        guard let path, let data = FileManager.default.contents(atPath: path) else { return Spending(at: time) }
        if let spending = try? JSONDecoder().decode(Spending.self, from: data) { return spending }
        logger.warning("\(path) is no account of spending: budgets begin anew")
        return Spending(at: time)
    }

    /// Writes it whole or not at all.
    func write(_ spending: Spending) {
        guard let path else { return }
        do {
            try JSONEncoder().encode(spending).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            logger.error("what was spent cannot be written to \(path): \(error)")
        }
    }
}
