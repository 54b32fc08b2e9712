import EmberCore
import EmberSystem

/// Where a model is read from again when its files may have changed.
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
