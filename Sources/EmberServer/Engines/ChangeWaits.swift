import EmberCore
import EmberSystem

/// What the operator wants of a model, and what comes of it.
public struct ModelChange: Sendable, Equatable {
    public let status: ModelStatus
    public let message: String
    /// Whether it is done; else it is under way.
    public let isDone: Bool

    static func loaded(_ model: ServedModel) -> ModelChange {
        ModelChange(status: .loaded, message: "Model '\(model.name)' is in memory.", isDone: true)
    }

    static func unloaded(_ model: ServedModel) -> ModelChange {
        ModelChange(status: .unloaded, message: "Model '\(model.name)' is not in memory.", isDone: true)
    }
}

/// Why a change that the operator wants of a model has failed.
enum ChangeProblem: Sendable {
    /// No memory can be freed for it now.
    case memoryInUse
    /// Its engine did not start.
    case loadFailed
    /// The operator has wanted the opposite since.
    case overtaken
}

/// Those who wait for the end of a load or an unload.
struct ChangeWaits {
    enum Wish: Sendable { case load, unload }

    typealias Result = Swift.Result<ModelChange, Refusal>

    struct Wait {
        let id: Int
        let wish: Wish
        let instance: InstanceID
        /// What has come of the wish, whether or not it is awaited yet; nil: it is given up, and the change goes on.
        let end = Promise<Result?>()
    }

    private var waits: [Wait] = []
    private var lastID = 0

    var isEmpty: Bool { waits.isEmpty }

    /// The instances whose load is waited for, in the order of the wishes.
    var awaitedLoads: [InstanceID] {
        waits.reduce(into: []) { loads, wait in
            if wait.wish == .load, !loads.contains(wait.instance) { loads.append(wait.instance) }
        }
    }

    mutating func add(_ wish: Wish, of instance: InstanceID) -> Wait {
        lastID += 1
        let wait = Wait(id: lastID, wish: wish, instance: instance)
        waits.append(wait)
        return wait
    }

    /// Tells everyone who waits for it what has come of the wish.
    mutating func end(_ wish: Wish, of instance: InstanceID, _ result: Result) {
        end(with: result) { $0.wish == wish && $0.instance == instance }
    }

    /// Removes those who wait for it: their waits end once it is known why it has failed.
    mutating func take(_ wish: Wish, of instance: InstanceID) -> ChangeWaits {
        var taken = ChangeWaits()
        taken.waits = waits.filter { $0.wish == wish && $0.instance == instance }
        waits.removeAll { $0.wish == wish && $0.instance == instance }
        return taken
    }

    mutating func endAll(_ result: Result) { end(with: result) { _ in true } }

    /// One has waited for long enough, or is gone.
    mutating func giveUp(_ id: Int) { end(with: nil) { $0.id == id } }

    private mutating func end(with result: Result?, where isMeant: (Wait) -> Bool) {
        guard !waits.isEmpty else { return }
        let ended = waits.filter(isMeant)
        waits.removeAll(where: isMeant)
        for wait in ended { wait.end.fulfil(result) }
    }
}
