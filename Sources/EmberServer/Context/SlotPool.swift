import EmberEngine
import EmberSystem
import Logging
import Synchronization

/// What all engines' slots are seen to with.
struct SlotTools: Sendable {
    let talk: EngineTalk
    let archive: StateArchive
    let counting: ContextCounting
    /// How long a request may wait for a slot that is clean, where there are several tenants.
    var patienceSeconds = 120.0
    let logger: Logger
    let time: TimeSource
}

/// The slots of all resident engines that have any.
final class SlotPool: Sendable {
    let tools: SlotTools
    /// In the order in which the engines were first used.
    private let all = Mutex<[(engine: ObjectIdentifier, slots: EngineSlots)]>([])

    init(_ tools: SlotTools) { self.tools = tools }

    func slots(of engine: any ResidentEngine, _ layout: SlotLayout) -> EngineSlots {
        all.withLock { all in
            if let known = all.first(where: { $0.engine == ObjectIdentifier(engine) }) { return known.slots }
            let slots = EngineSlots(engine, layout, tools)
            all.append((ObjectIdentifier(engine), slots))
            return slots
        }
    }

    /// The engine serves no more requests.
    ///
    /// - Returns: nil where its slots were never used.
    func remove(_ engine: any ResidentEngine) -> EngineSlots? {
        all.withLock { all in
            all.firstIndex { $0.engine == ObjectIdentifier(engine) }.map { all.remove(at: $0).slots }
        }
    }

    /// Ember ends: no request is given a slot any more, and nothing is computed ahead.
    func end() async {
        for (_, slots) in all.withLock({ $0 }) { await slots.end() }
    }

    /// Nothing of a tenant's service is left, in files or in slots that are free.
    func forget(tenant: String, service: String) async {
        await tools.archive.drop(tenant: tenant, service: service)
        for (_, slots) in all.withLock({ $0 }) { await slots.forget(tenant: tenant, service: service) }
    }
}
