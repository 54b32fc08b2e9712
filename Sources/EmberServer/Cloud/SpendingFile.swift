import EmberSystem
import Foundation
import Logging
import Synchronization

/// What has been spent, in a small file of the state folder, so that neither a restart nor a power cut renews a budget.
///
/// No decision waits for the disk: what is noted is written beside, and a request that is to be sent awaits `kept`.
/// Many that wait together share one write.
final class SpendingFile: Sendable {
    private let path: String?
    private let logger: Logger
    private let files: any FileSystem
    private let queue: WorkQueue
    private let state = Mutex(State())

    private struct State {
        /// What is still to be written, also because writing has failed.
        var pending: Spending?
        /// Why what was spent before is not known: nothing may take the file's place then.
        var unread: String?
        /// The log says already that nothing can be written.
        var hasFailed = false
    }

    /// - Parameter stateFolder: nil where nothing is to outlive the process.
    init(stateFolder: String?, logger: Logger, surroundings: Surroundings) {
        path = stateFolder.map { $0 + "/spending.json" }
        (self.logger, files) = (logger, surroundings.files)
        queue = surroundings.queue("ember.spending")
    }

    /// What was spent before. A file that holds no account is moved aside, and nothing counts as spent; one that cannot
    /// be read at all stays, and nothing that costs is sent.
    func read() -> Spending {
        guard let path, files.isThere(path) else { return Spending() }
        let data: Data
        do { data = try files.bytes(of: path) } catch {
            let problem =
                "\(error): what was spent is unknown, so nothing that costs is sent to an upstream; "
                + "mend or remove it, then restart Ember"
            logger.error("\(problem)")
            state.withLock { $0.unread = error.description }
            return Spending()
        }
        if let spending = try? JSONDecoder().decode(Spending.self, from: data) { return spending }
        let place = files.moveAside(path).map { "; moved to \($0)" } ?? ""
        logger.warning("\(path) is no account of spending: budgets start from 0\(place)")
        return Spending()
    }

    /// Has it written soon; never waits for the disk.
    func note(_ spending: Spending) {
        guard path != nil else { return }
        state.withLock { $0.pending = spending }
        queue.begin { _ = self.write() }
    }

    /// Returns once all that was noted before is on the disk. What could not be written before is tried again.
    func kept() async throws(SpendingNotRecorded) {
        guard path != nil else { return }
        if let problem = await queue.run({ self.write() }) { throw problem }
    }

    /// - Returns: why not all that was noted is on the disk.
    private func write() -> SpendingNotRecorded? {
        let (newest, unread) = state.withLock { state in
            defer { state.pending = nil }
            return (state.pending, state.unread)
        }
        // Nothing, where an earlier write has taken it along.
        guard let newest, let path else { return nil }
        do throws(FileProblem) {
            if let unread, files.isThere(path) { throw FileProblem(description: unread) }
            guard let data = try? JSONEncoder().encode(newest) else {
                throw FileProblem(description: "\(path) cannot be made: an amount is no number")
            }
            try files.replace(path, with: data)
        } catch {
            return noteFailure(to: newest, error)
        }
        let hadFailed = state.withLock { state in
            defer { (state.unread, state.hasFailed) = (nil, false) }
            return state.hasFailed
        }
        if hadFailed { logger.notice("what is spent is written to \(path) again: upstreams that cost are asked again") }
        return nil
    }

    private func noteFailure(to unwritten: Spending, _ problem: FileProblem) -> SpendingNotRecorded {
        let isNew = state.withLock { state in
            if state.pending == nil { state.pending = unwritten }
            defer { state.hasFailed = true }
            return !state.hasFailed
        }
        if isNew {
            logger.error("what is spent cannot be written: \(problem); until it can, no upstream that costs is asked")
        }
        return SpendingNotRecorded(reason: problem.description)
    }
}

/// What a request may cost could not be written, so it must not be sent.
struct SpendingNotRecorded: Error, Equatable {
    let reason: String
}
