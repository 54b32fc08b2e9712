import EmberConfig
import EmberCore
import EmberSystem

/// Whether a folder is there or can be made, takes files, and has room.
struct FolderCheck: Sendable {
    let files: any FileSystem
    let random: RandomSource

    private static let wantedBytes = 1 << 30

    /// - Parameters:
    ///   - setting: names the folder.
    ///   - isOnlyRead: whether Ember serves without writing to it.
    func finding(_ subject: String, _ path: String, setting: String, isOnlyRead: Bool = false) -> Finding {
        let other = "or set \(setting) to another folder"
        do throws(FileProblem) {
            guard let status = try files.status(of: path) else { return missing(subject, path, isOnlyRead, other) }
            guard status.isFolder else {
                return Finding(subject, .problem, "\(path) is no folder", fix: "move it away, \(other)")
            }
            try write(into: path)
        } catch {
            return Finding(
                subject, isOnlyRead ? .warning : .problem, "\(error)", fix: "make it writable for this user, \(other)")
        }
        return room(subject, path, "\(path), ", other)
    }

    private func missing(_ subject: String, _ path: String, _ isOnlyRead: Bool, _ other: String) -> Finding {
        var parent = path
        repeat { parent = PathText.parent(parent) } while !files.exists(parent) && parent != "/"
        do throws(FileProblem) { try write(into: parent) } catch {
            return Finding(
                subject, isOnlyRead ? .warning : .problem, "\(path) is not there, and cannot be made: \(error)",
                fix: "make it, \(other)")
        }
        return room(subject, parent, "\(path) is not there yet, and can be made; ", other)
    }

    private func room(_ subject: String, _ folder: String, _ text: String, _ other: String) -> Finding {
        guard let bytes = FreeSpace.bytes(in: folder) else { return Finding(subject, text + "free space unknown") }
        let found = "\(text)\(Bytes(bytes).megabytes) free"
        return bytes >= Self.wantedBytes
            ? Finding(subject, found) : Finding(subject, .warning, found, fix: "make room on its disk, \(other)")
    }

    private func write(into folder: String) throws(FileProblem) {
        let name = folder + "/.ember-doctor-" + String(random.words(1)[0], radix: 36)
        _ = try files.open(name, for: .making(isPrivate: true))
        try files.remove(name)
    }
}
