import EmberCore
import EmberSystem
import Synchronization

/// Where a model is read from anew when its files may have changed.
public struct ModelSource: Sendable {
    struct File: Sendable {
        let path: String
        /// The engine maps it: it sees what is written to it.
        var isMapped = false
    }

    struct Variant: Sendable {
        let id: ModelID
        let model: ServedModel
    }

    /// A model as its files were when they were read, with the variants that share its engine.
    struct Reading: Sendable {
        var model: ServedModel
        var variants: [Variant] = []
    }

    /// Everything whose change may make another model of it, also what is missing.
    let files: [File]
    let read: @Sendable () -> Reading

    /// The files as they now are; nil for one that is not there. Blocks.
    var stamps: [FileStamp?] { files.map { FileStamp(file: $0.path) } }

    /// Whether the engine that was started with files of `earlier` now sees other ones.
    func isOverwritten(_ stamps: [FileStamp?], since earlier: [FileStamp?]) -> Bool {
        zip(files, zip(stamps, earlier)).contains { file, stamp in
            guard file.isMapped, let now = stamp.0, let then = stamp.1 else { return false }
            return now.isOverwritten(since: then)
        }
    }
}

/// The models as they were read last.
///
/// Every request looks at them a dozen times, on all cores. Until a file changes, which is rare, they are those of the start and
/// are read without a lock.
final class ModelTable: Sendable {
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
