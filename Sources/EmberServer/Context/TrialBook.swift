import EmberContext
import EmberCore
import Synchronization

/// What `auto` has tried for whom, and which request was which trial.
final class TrialBook: Sendable {
    private struct Key: Hashable {
        let tenant: String
        let service: ServiceID
        let model: ModelID
    }

    private struct State {
        var trials: [Key: ModeTrials] = [:]
        var ofRequest: [String: (key: Key, mode: SelectionMode)] = [:]
        /// In the order in which they came; the oldest is overwritten.
        var order: [String] = []
        var next = 0
    }

    private let state = Mutex(State())

    /// Requests of which feedback is still understood.
    private static let mostRequests = 10_000

    /// - Parameter wrongAnswer: its cost, where the cost of a second is 1.
    func choose(
        for request: String, tenant: String, service: ServiceID, model: ModelID, wrongAnswer: Double
    ) -> SelectionMode {
        let key = Key(tenant: tenant, service: service, model: model)
        return state.withLock { state in
            let mode = state.trials[key, default: ModeTrials()].choose(wrongAnswer: wrongAnswer)
            if state.order.count < Self.mostRequests {
                state.order.append(request)
            } else {
                state.ofRequest[state.order[state.next]] = nil
                state.order[state.next] = request
                state.next = (state.next + 1) % Self.mostRequests
            }
            state.ofRequest[request] = (key, mode)
            return mode
        }
    }

    /// The ids mean others now.
    func forget(_ models: [ModelID], _ services: [ServiceID]) {
        func isMeant(_ key: Key) -> Bool { models.contains(key.model) || services.contains(key.service) }
        state.withLock { state in
            state.trials = state.trials.filter { !isMeant($0.key) }
            state.ofRequest = state.ofRequest.filter { !isMeant($0.value.key) }
        }
    }

    func note(_ request: String, secondsToFirstToken: Double) {
        state.withLock { state in
            guard let (key, mode) = state.ofRequest[request] else { return }
            state.trials[key]?.note(mode, secondsToFirstToken: secondsToFirstToken)
        }
    }

    /// - Returns: whether the request was a trial of the tenant's.
    func note(_ request: String, tenant: String, quality: Double) -> Bool {
        state.withLock { state in
            guard let (key, mode) = state.ofRequest[request], key.tenant == tenant else { return false }
            state.trials[key]?.note(mode, quality: quality)
            return true
        }
    }
}
