import Dispatch
import EmberEngine
import Foundation
import Logging
import Synchronization

/// What has been spent, in a small file of the state folder, so that neither a restart nor a power cut renews a budget.
///
/// Nobody decides while the disk works: what is noted is written beside, and whoever must not go on before awaits `kept`. Many
/// who wait together share one write.
final class SpendingFile: Sendable {
    private let path: String?
    private let logger: Logger
    private let queue = DispatchQueue(label: "ember.spending")
    /// What is still to be written.
    private let pending = Mutex<Spending?>(nil)

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

    /// Has it written soon; never waits for the disk.
    func note(_ spending: Spending) {
        guard path != nil else { return }
        pending.withLock { $0 = spending }
        queue.async { self.write() }
    }

    /// Returns once all that was noted before is on the disk.
    func kept() async {
        guard path != nil else { return }
        await withCheckedContinuation { waiting in queue.async { waiting.resume() } }
    }

    private func write() {
        let newest = pending.withLock { pending in
            defer { pending = nil }
            return pending
        }
        // Nothing, where an earlier write has taken it along.
        guard let newest, let path else { return }
        do {
            let new = URL(filePath: path + ".new")
            try JSONEncoder().encode(newest).write(to: new)
            try PullFiles.publish(new.path, as: path, in: new.deletingLastPathComponent().path)
        } catch {
            logger.error("what was spent cannot be written to \(path): \(error)")
        }
    }
}
