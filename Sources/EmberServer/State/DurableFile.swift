import Foundation

/// Small files that are replaced as a whole, so that neither a reader nor a power cut ever meets half of one. Blocks.
enum DurableFile {
    /// Whether there is something of that name, be it a file or not, and whatever may be done with it.
    static func isThere(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 || errno != ENOENT
    }

    /// - Throws: also for what is no file, such as a folder.
    static func bytes(of path: String) throws(FileProblem) -> Data {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileProblem("\(path) cannot be read", errno) }
        defer { close(descriptor) }
        var (data, buffer) = (Data(), [UInt8](repeating: 0, count: 1 << 16))
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileProblem("\(path) cannot be read", errno) }
            if count == 0 { return data }
            data.append(contentsOf: buffer.prefix(count))
        }
    }

    /// Writes beside the file, waits for the disk, and renames; only its owner can read it.
    static func replace(_ path: String, with data: Data) throws(FileProblem) {
        let new = path + ".new"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileProblem("\(new) cannot be made", errno) }
        do throws(FileProblem) {
            defer { close(descriptor) }
            try write(data, to: descriptor, new)
            guard fsync(descriptor) == 0 else { throw FileProblem("\(new) cannot be written to the disk", errno) }
        } catch {
            unlink(new)
            throw error
        }
        guard rename(new, path) == 0 else {
            let problem = FileProblem("\(path) cannot be replaced", errno)
            unlink(new)
            throw problem
        }
        try syncFolder((path as NSString).deletingLastPathComponent)
    }

    /// Makes a folder for its owner alone where it is missing.
    static func makeFolder(_ path: String) throws(FileProblem) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw FileProblem("\(path) cannot be made", error)
        }
    }

    static func write(_ data: Data, to descriptor: Int32, _ path: String) throws(FileProblem) {
        var offset = 0
        while offset < data.count {
            let count = data.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress! + offset, data.count - offset)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileProblem("\(path) cannot be written", errno) }
            offset += count
        }
    }

    static func syncFolder(_ path: String) throws(FileProblem) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileProblem("\(path) cannot be opened", errno) }
        defer { close(descriptor) }
        // Some file systems cannot sync folders and say so with EINVAL.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw FileProblem("\(path) cannot be written to the disk", errno)
        }
    }
}

/// Why a file could not be read or written, in one line.
public struct FileProblem: Error, Equatable, CustomStringConvertible {
    public let description: String

    init(description: String) { self.description = description }

    init(_ what: String, _ code: Int32) { description = "\(what) (\(String(cString: strerror(code))))" }

    init(_ what: String, _ error: any Error) { description = "\(what) (\(Self.reason(of: error)))" }

    /// In one line: Foundation's errors describe themselves over several, and keep what the system has said to themselves.
    public static func reason(of error: any Error) -> String {
        if let problem = error as? FileProblem { return problem.description }
        let error = error as NSError
        if let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError, cause.domain == NSPOSIXErrorDomain {
            return String(cString: strerror(Int32(cause.code)))
        }
        return error.localizedDescription.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
