import EmberCore
import EmberEngine
import EmberSystem
import Foundation
import Synchronization

/// What engines have died of, for a while: so that a request that ends an engine does not end the next one as well.
///
/// A request that was running when an engine died is only suspected: the engine may have died of another one, or have
/// been killed. The planner runs it alone from then on. Twice is held to be its own doing.
final class FatalRequests: Sendable {
    private struct Key: Hashable {
        let instance: InstanceID
        let request: Int
    }

    private struct Entry {
        var deaths = 0
        var last: TimeSource.Instant
        /// The engine that has died: equal requests that ran there are one sign of the same death.
        weak var engine: (any ResidentEngine)?
    }

    /// Deaths from which on the request is refused.
    static let limit = 2
    /// What engines died of longer ago is tried again.
    static let memory = Duration.seconds(600)
    /// Beyond these, the longest ago is forgotten.
    private static let mostKnown = 1024

    private struct Table {
        private(set) var entries: [Key: Entry] = [:]
        /// By their last death, the longest ago first.
        private var order: [Key] = []

        mutating func forgetOld(at now: TimeSource.Instant) {
            while let oldest = order.first, let last = entries[oldest]?.last, last.advanced(by: memory) <= now {
                remove(oldest)
            }
        }

        /// One more death, the last one so far.
        mutating func add(_ engine: any ResidentEngine, to key: Key, at now: TimeSource.Instant) {
            if entries[key] == nil, order.count >= mostKnown, let oldest = order.first { remove(oldest) }
            order.removeAll { $0 == key }
            order.append(key)
            entries[key, default: Entry(last: now)].deaths += 1
            entries[key]?.last = now
            entries[key]?.engine = engine
        }

        mutating func remove(_ key: Key) {
            guard entries.removeValue(forKey: key) != nil else { return }
            order.removeAll { $0 == key }
        }
    }

    private let table = Mutex(Table())
    /// Engines that are watched for requests whose clients have gone.
    private let watches = Mutex(0)
    private static let mostWatches = 256
    private let isKnown = Atomic(false)
    private let time: TimeSource

    init(_ time: TimeSource) { self.time = time }

    /// Whether nothing is known: then a request's fingerprint need not be taken.
    var isEmpty: Bool { !isKnown.load(ordering: .relaxed) }

    /// - Parameter request: its fingerprint.
    func noteDeath(of request: Int, on instance: InstanceID, engine: any ResidentEngine) {
        let (key, now) = (Key(instance: instance, request: request), time.now)
        table.withLock { table in
            table.forgetOld(at: now)
            guard table.entries[key]?.engine !== engine else { return }
            table.add(engine, to: key, at: now)
            isKnown.store(true, ordering: .relaxed)
        }
    }

    /// Engines of the instance that have died while they ran the request.
    func deaths(of request: Int, on instance: InstanceID) -> Int {
        let now = time.now
        return table.withLock { table in
            table.forgetOld(at: now)
            if table.entries.isEmpty { isKnown.store(false, ordering: .relaxed) }
            return table.entries[Key(instance: instance, request: request)]?.deaths ?? 0
        }
    }

    /// Until a request is tried again that is refused now; nil: it is not refused.
    func wait(for request: Int, on instance: InstanceID) -> Duration? {
        let now = time.now
        return table.withLock { table in
            guard let entry = table.entries[Key(instance: instance, request: request)], entry.deaths >= Self.limit
            else { return nil }
            return max(.zero, now.duration(to: entry.last.advanced(by: Self.memory)))
        }
    }

    /// - Returns: false where `mostWatches` are under way.
    func beginWatch() -> Bool {
        watches.withLock { watches in
            guard watches < Self.mostWatches else { return false }
            watches += 1
            return true
        }
    }

    func endWatch() { watches.withLock { $0 -= 1 } }

    /// The instances mean other models now.
    func forget(_ instances: [InstanceID]) {
        table.withLock { table in
            for key in table.entries.keys where instances.contains(key.instance) { table.remove(key) }
        }
    }

    /// An engine has answered the request, and lives.
    func acquit(_ request: Int, on instance: InstanceID) {
        table.withLock { $0.remove(Key(instance: instance, request: request)) }
    }
}

extension RequestTerms {
    /// Takes in what engines have died of: models that must not have the request, and how often it may have ended an
    /// engine.
    ///
    /// - Returns: whether the engine of the model that it asks for must not have it.
    mutating func heed(
        _ fatal: FatalRequests, _ fingerprint: Int, _ asked: ModelID, _ service: ServiceID, _ deployment: Deployment
    ) -> Bool {
        var isFatal = false
        for model in [asked] + deployment.catalogue[service].standIns {
            let known = fatal.deaths(of: fingerprint, on: deployment.instance(of: model))
            if known >= FatalRequests.limit {
                unfit.append(model)
                isFatal = isFatal || model == asked
            } else {
                deaths = max(deaths, known)
            }
        }
        return isFatal
    }
}

extension EngineExit {
    /// Whether the engine may have died of what it ran.
    ///
    /// - Parameter wasAnswering: the answer to what it ran had begun to come. An engine that is killed from outside
    ///   then (by the kernel
    ///   or by a person) says nothing of that request.
    func mayBlameRequest(wasAnswering: Bool) -> Bool {
        switch kind {
        case .hung: true
        case .died: reason.cause != .guardLost && !(wasAnswering && reason.signal == SIGKILL)
        case .stopped, .overBudget: false
        }
    }
}
