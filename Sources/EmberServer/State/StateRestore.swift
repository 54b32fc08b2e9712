import Crypto
import EmberCore
import EmberStore
public import EmberSystem
import Foundation

/// Puts a backup in the place of what a state folder has, all of it or nothing.
///
/// It is unpacked beside, in `restore.part`, and checked. Its renaming to `restore.ready` is the moment from which it
/// counts: then files are moved one by one, and what is interrupted is gone on with by the next start. What was there
/// before is kept in `before-restore`.
public struct StateRestore: Sendable {
    let folder: StateFolder
    private let surroundings: Surroundings

    private static let part = "restore.part"
    private static let ready = "restore.ready"
    private static let replaced = "replaced"
    private static let contents = "contents.json"
    private static var names: [String] {
        [
            StateFolder.versionFile, StateFolder.spendingFile, StateFolder.footprintsFile, StateFolder.eventsFolder,
            ContextStore.fileName, "context.check",
        ] + ContextStore.companionNames
    }

    public init(into folder: String, _ surroundings: Surroundings) {
        self.folder = StateFolder(path: folder, files: surroundings.files)
        self.surroundings = surroundings
    }

    private var files: any FileSystem { folder.files }

    /// - Parameter path: of the backup; "-": the standard input.
    /// - Returns: lines for the operator.
    public func read(from path: String) async throws(StateProblem) -> [String] {
        do throws(FileProblem) { try files.makeFolder(folder.path, isPrivate: true) } catch {
            throw StateProblem(error)
        }
        let (embers, stores) = try lock()
        defer {
            stores.release()
            withExtendedLifetime(embers) {}
        }
        let staging = folder.file(Self.part)
        do throws(FileProblem) {
            let earlier = try Self.finish(in: folder)
            Self.giveUpHalf(in: folder)
            try files.makeFolder(staging, isPrivate: true)
            let count = try unpack(path)
            try await check(staging)
            try keepSpending()
            try commit()
            let note = try Self.finish(in: folder)
            return [earlier, "\(folder.path): \(count) files restored", note].compactMap(\.self)
        } catch {
            Self.giveUpHalf(in: folder)
            throw StateProblem(error)
        }
    }

    // MARK: Beside

    /// The lock that an Ember has of its state folder, and that of the store.
    private func lock() throws(StateProblem) -> (StateLock, FileLock) {
        let inUse = StateProblem("an Ember runs with \(folder.path): stop it, then restore, then start it again")
        let embers: StateLock
        do throws(StateLock.Problem) {
            embers = try StateLock(folder: folder.path, address: "restores a backup", files: files)
        } catch {
            if case .taken = error { throw inUse }
            throw StateProblem("\(error)")
        }
        do throws(StoreError) { return (embers, try ContextStore.lock(folder.path, surroundings)) } catch {
            if case .inUse = error { throw inUse }
            throw StateProblem(error.description)
        }
    }

    /// - Returns: how many files there are.
    private func unpack(_ path: String) throws(FileProblem) -> Int {
        let source: any OpenFile =
            if path == "-" { SystemFile.standardInput } else { try files.open(path, for: .reading) }
        let (tar, name) = (TarReader(source), source.path)
        var (sums, told): ([String: String], String?) = ([:], nil)
        while let entry = try tar.next() {
            if entry.name == StateBackup.sumsFile, entry.bytes < FileSum.pieceBytes {
                var text = Data()
                try tar.read(entry) { text.append($0) }
                told = String(decoding: text, as: UTF8.self)
            } else {
                sums[entry.name] = try unpack(entry, of: tar, name)
            }
        }
        let found = Set(sums.map { "\($0.value)  \($0.key)" })
        guard let told, sums[StateFolder.versionFile] != nil, Set(told.split(separator: "\n").map(String.init)) == found
        else {
            throw FileProblem(
                description: "\(name) is a damaged backup: its files do not have the checksums that it tells")
        }
        return sums.count
    }

    /// - Returns: its checksum.
    private func unpack(_ entry: TarReader.Entry, of tar: TarReader, _ source: String) throws(FileProblem) -> String {
        guard Self.isExpected(entry.name) else {
            throw FileProblem(
                description: "\(source) is no backup of Ember: '\(entry.name.prefix(60))' does not belong into one")
        }
        let path = folder.file(Self.part) + "/" + entry.name
        try files.makeFolder((path as NSString).deletingLastPathComponent, isPrivate: true)
        let file = try files.open(path, for: .making(isPrivate: true))
        var hash = SHA256()
        try tar.read(entry) { piece throws(FileProblem) in
            hash.update(data: piece)
            try file.write(piece)
        }
        try file.sync()
        return hash.finalize().hexadecimal
    }

    private static func isExpected(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 2 { return parts[0] == StateFolder.eventsFolder && LogName(String(parts[1])) != nil }
        return [
            StateFolder.versionFile, StateFolder.spendingFile, StateFolder.footprintsFile, ContextStore.fileName,
        ].contains(name)
    }

    private func check(_ staging: String) async throws(FileProblem) {
        do throws(StateProblem) { _ = try StateFolder(path: staging, files: files).checkedVersion() } catch {
            throw FileProblem(description: error.description)
        }
        let database = staging + "/" + ContextStore.fileName
        guard files.isThere(database) else { return }
        do throws(StoreError) { try await ContextStore.checkDatabase(database, surroundings) } catch {
            throw FileProblem(description: error.description)
        }
    }

    /// What has been spent since the backup is not forgotten: no budget is renewed by a restore.
    private func keepSpending() throws(FileProblem) {
        let (present, staged) = (
            folder.file(StateFolder.spendingFile), folder.file(Self.part) + "/" + StateFolder.spendingFile
        )
        func spending(_ path: String) -> Spending? {
            (try? files.bytes(of: path)).flatMap { try? JSONDecoder().decode(Spending.self, from: $0) }
        }
        guard let kept = spending(present) else { return }
        let merged = spending(staged).map(kept.merged) ?? kept
        guard let data = try? JSONEncoder().encode(merged) else { return }
        try files.replace(staged, with: data)
    }

    private func commit() throws(FileProblem) {
        let staging = folder.file(Self.part)
        let found = (try? files.names(in: staging)) ?? []
        guard let names = try? JSONEncoder().encode(found.sorted()) else { return }
        try files.replace(staging + "/" + Self.contents, with: names)
        try files.rename(staging, to: folder.file(Self.ready))
        try files.syncFolder(folder.path)
    }

    /// Removes what a restore has left that was interrupted before it counted.
    static func giveUpHalf(in folder: StateFolder) {
        try? folder.files.removeFolder(folder.file(part))
    }

    // MARK: Into its place

    /// Goes on with a restore that counts already; nothing, where there is none.
    ///
    /// - Returns: where the files are that were there before.
    static func finish(in folder: StateFolder) throws(FileProblem) -> String? {
        let (files, ready) = (folder.files, folder.file(Self.ready))
        guard files.isThere(ready) else { return nil }
        let data = try files.bytes(of: ready + "/" + contents)
        guard let restored = try? JSONDecoder().decode(Set<String>.self, from: data) else {
            throw FileProblem(description: "\(ready)/\(contents) is damaged: remove \(ready) and restore once more")
        }
        let aside = ready + "/" + replaced
        try files.makeFolder(aside, isPrivate: true)
        for name in names {
            let (new, place) = (ready + "/" + name, folder.file(name))
            let isToCome = files.isThere(new)
            // What came with the backup, and is gone from it, is in its place already.
            if isToCome || !restored.contains(name), files.isThere(place) {
                try files.rename(place, to: aside + "/" + name)
            }
            if isToCome { try files.rename(new, to: place) }
        }
        try files.syncFolder(folder.path)
        return try finish(ready, aside, in: folder)
    }

    private static func finish(_ ready: String, _ aside: String, in folder: StateFolder) throws(FileProblem) -> String?
    {
        let isEmpty = ((try? folder.files.names(in: aside)) ?? []).isEmpty
        var place: String?
        if !isEmpty {
            let free = folder.files.unusedName(folder.file("before-restore"))
            try folder.files.rename(aside, to: free)
            place = free
        }
        try folder.files.removeFolder(ready)
        return place.map { "what was there before is in \($0)" }
    }
}
