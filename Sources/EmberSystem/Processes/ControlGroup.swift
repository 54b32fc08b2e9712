import Foundation

/// A control group (version 2) for one engine, where Ember's own group was delegated to it: `cgroup.kill` ends all that
/// is in it, also if the engine's guard has been killed.
package struct ControlGroup: Sendable {
    let path: String

    /// Begins the names of groups that Ember makes; its process id and a number follow.
    private static let prefix = "ember-engine-"

    /// Makes a group below Ember's own; nil where there are none of version 2, or none may be made.
    static func make(_ random: RandomSource) -> ControlGroup? {
        guard let own else { return nil }
        return make(below: own, random)
    }

    static func make(below own: String, _ random: RandomSource) -> ControlGroup? {
        guard mayMakeGroups(below: own) else { return nil }
        let path = "\(own)/\(prefix)\(getpid())-\(UInt32(truncatingIfNeeded: random.next()))"
        return mkdir(path, 0o755) == 0 ? ControlGroup(path: path) : nil
    }

    /// Ends what engines of dead Embers have left, and their groups.
    package static func removeDead() {
        guard let own else { return }
        removeDead(below: own)
    }

    static func removeDead(below own: String) {
        guard mayMakeGroups(below: own) else { return }
        for name in kernelNames(in: own) where name.hasPrefix(prefix) {
            guard let pid = Int32(name.dropFirst(prefix.count).prefix { $0 != "-" }), kill(pid, 0) != 0, errno == ESRCH
            else { continue }
            let group = ControlGroup(path: "\(own)/\(name)")
            group.killAll()
            group.remove()
        }
    }

    /// Ends everything in the group at once.
    func killAll() {
        let descriptor = open(path + "/cgroup.kill", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = write(descriptor, "1", 1)
        close(descriptor)
    }

    /// Removes the group; without effect while something is in it, or if it is gone.
    func remove() { rmdir(path) }

    /// The folder of this process's group. It does not change while Ember runs.
    private static let own: String? = {
        guard let groups = procText("/proc/self/cgroup"), let mounts = procText("/proc/self/mountinfo")
        else { return nil }
        return folder(groups: groups, mounts: mounts)
    }()

    /// - Parameters:
    ///   - groups: as in /proc/self/cgroup, where version 2 has the line "0::/path".
    ///   - mounts: as in /proc/self/mountinfo: "ID PARENT DEVICE ROOT MOUNT-POINT … - TYPE …".
    static func folder(groups: String, mounts: String) -> String? {
        guard let line = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
        let path = String(line.dropFirst(3))
        for mount in mounts.split(separator: "\n") {
            let halves = mount.components(separatedBy: " - ")
            let fields = halves[0].split(separator: " ")
            guard halves.count == 2, halves[1].hasPrefix("cgroup2 "), fields.count > 4 else { continue }
            let (root, point) = (fields[3] == "/" ? "" : String(fields[3]), String(fields[4]))
            // In a container, the mount may begin further down than the path in this file.
            guard path == root || path.hasPrefix(root + "/") else { continue }
            let below = String(path.dropFirst(root.count))
            return below == "/" ? point : point + below
        }
        return nil
    }

    /// Only a delegated group can be written to, and only a kernel from 5.14 on can end a group. The file for that is
    /// the group's maker's: of Ember's own group it may be another user's.
    private static func mayMakeGroups(below own: String) -> Bool {
        access(own, W_OK) == 0 && access(own + "/cgroup.procs", W_OK) == 0 && access(own + "/cgroup.kill", F_OK) == 0
    }
}
