public import EmberConfig
import Foundation

/// What saved KV states take of the machine's memory, where their folder is configured to be in memory (tmpfs).
public struct StateMemory: Sendable {
    private let context: ContextConfiguration
    private let mounts: MountTable

    public init(_ context: ContextConfiguration, _ mounts: MountTable = .current) {
        (self.context, self.mounts) = (context, mounts)
    }

    /// That models may not have; 0: the folder is on a disk, or is not configured.
    public var bytes: Int { folder == nil ? 0 : context.stateBytes }

    /// What the operator should know of it; nil where the folder is on a disk.
    public var note: String? {
        folder.map {
            "saved KV states are kept in memory (\($0) is on a tmpfs) and are lost at a reboot; their limit, "
                + "context.state_limit of \(context.stateBytes >> 20) MiB, counts in memory.budget"
        }
    }

    /// nil: not in memory.
    var folder: String? {
        guard let folder = context.stateFolder, context.stateBytes > 0,
            mounts.isInMemory(URL(fileURLWithPath: folder).resolvingSymlinksInPath().path)
        else { return nil }
        return folder
    }
}
