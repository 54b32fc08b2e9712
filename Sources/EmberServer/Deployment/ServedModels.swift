import EmberCore
import Synchronization

/// The models as they were read last.
///
/// Every request looks at them a dozen times, on all cores. Until a file changes, which is rare, they are those of the
/// start and are read without a lock.
final class ServedModels: Sendable {
    private let first: [ServedModel]
    private let hasChanged = Atomic(false)
    private let latest: Mutex<[ServedModel]>

    init(_ models: [ServedModel]) {
        first = models
        latest = Mutex(models)
    }

    var all: [ServedModel] { hasChanged.load(ordering: .acquiring) ? latest.withLock { $0 } : first }

    // Lent, not copied.
    subscript(id: ModelID) -> ServedModel {
        _read {
            if hasChanged.load(ordering: .acquiring) {
                let models = latest.withLock { $0 }
                yield models[id.index]
            } else {
                yield first[id.index]
            }
        }
    }

    func take(_ model: ServedModel, as id: ModelID) {
        latest.withLock { $0[id.index] = model }
        hasChanged.store(true, ordering: .releasing)
    }
}
