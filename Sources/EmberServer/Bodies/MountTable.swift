import Foundation

/// The file systems that the kernel lists.
public struct MountTable: Sendable {
    private let mounts: [(place: String, kind: String)]

    /// - Parameter text: as in `/proc/self/mounts`.
    init(_ text: String) {
        mounts = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            // Spaces are escaped in it.
            return fields.count > 2
                ? (fields[1].replacingOccurrences(of: "\\040", with: " "), String(fields[2])) : nil
        }
    }

    /// That of this machine; empty where the system lists none.
    public static var current: MountTable {
        MountTable((try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? "")
    }

    /// Whether a folder's files take the machine's memory.
    ///
    /// - Parameter folder: an absolute path without links.
    public func isInMemory(_ folder: String) -> Bool {
        var (length, kind) = (-1, "")
        // The last of equal ones lies above the others.
        for mount in mounts where mount.place.count >= length {
            let prefix = mount.place.hasSuffix("/") ? mount.place : mount.place + "/"
            if (folder + "/").hasPrefix(prefix) { (length, kind) = (mount.place.count, mount.kind) }
        }
        return ["tmpfs", "ramfs"].contains(kind)
    }
}
