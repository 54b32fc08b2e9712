public import Foundation

// Files that are replaced as a whole, so that neither a reader nor a power cut ever meets half of one.
extension FileSystem {
    private static var pieceBytes: Int { 1 << 16 }

    /// A whole file, or its beginning; piece by piece, as a pipe comes.
    ///
    /// - Throws: also for what is no file, such as a folder.
    public func bytes(of path: String, upTo limit: Int = .max) throws(FileProblem) -> Data {
        let file = try open(path, for: .reading)
        var data = Data()
        while data.count < limit {
            let piece = try file.read(min(Self.pieceBytes, limit - data.count))
            if piece.isEmpty { break }
            data.append(piece)
        }
        return data
    }

    /// Whether there is something at the path, with links followed.
    public func exists(_ path: String) -> Bool { ((try? status(of: path)) ?? nil) != nil }

    /// Writes beside the file, waits for the disk, and renames.
    ///
    /// - Parameter isPrivate: only its owner can read it.
    public func replace(_ path: String, with data: Data, isPrivate: Bool = true) throws(FileProblem) {
        let new = path + ".new"
        do throws(FileProblem) {
            let file = try open(new, for: .replacing(isPrivate: isPrivate))
            try file.write(data)
            try file.sync()
            try rename(new, to: path)
        } catch {
            try? remove(new)
            throw error
        }
        try syncFolder(Self.folder(of: path))
    }

    /// Puts a complete file into its place.
    public func publish(_ path: String, as place: String) throws(FileProblem) {
        try open(path, for: .reading).sync()
        try rename(path, to: place)
        try syncFolder(Self.folder(of: place))
    }

    /// Moves aside a file that cannot be used, as evidence for the operator.
    ///
    /// - Returns: where it is; nil where it cannot be moved.
    public func moveAside(_ path: String) -> String? {
        let aside = path + ".unreadable"
        return (try? rename(path, to: aside)) == nil ? nil : aside
    }

    /// The name, or one with a number behind it, that nothing has yet.
    public func unusedName(_ wanted: String) -> String {
        var (name, number) = (wanted, 2)
        while isThere(name) {
            name = "\(wanted)-\(number)"
            number += 1
        }
        return name
    }

    private static func folder(of path: String) -> String {
        let folder = (path as NSString).deletingLastPathComponent
        return folder.isEmpty ? "." : folder
    }
}
