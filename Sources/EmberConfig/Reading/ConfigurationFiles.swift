import Foundation

/// How the reader gets at files, so that tests need no disk.
public struct ConfigurationFiles: Sendable {
    /// Why a file cannot be read, such as "No such file or directory".
    public struct Failure: Error, Sendable {
        public let reason: String

        public init(reason: String) { self.reason = reason }
    }

    /// At most `limit` bytes of a file, from its beginning; throws `Failure`.
    public var read: @Sendable (_ path: String, _ limit: Int) throws(Failure) -> [UInt8]
    /// Whether every user of the machine may read a file.
    public var isWorldReadable: @Sendable (_ path: String) -> Bool

    public init(
        read: @escaping @Sendable (_ path: String, _ limit: Int) throws(Failure) -> [UInt8],
        isWorldReadable: @escaping @Sendable (_ path: String) -> Bool
    ) {
        self.read = read
        self.isWorldReadable = isWorldReadable
    }

    /// The files of this machine.
    public static let disk = ConfigurationFiles(read: readFromDisk, isWorldReadable: isWorldReadableOnDisk)

    private static func readFromDisk(_ path: String, _ limit: Int) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw lastFailure() }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit)
        var count = 0
        while count < limit {
            let added = bytes.withUnsafeMutableBytes {
                Foundation.read(descriptor, $0.baseAddress! + count, limit - count)
            }
            if added == 0 { break }
            if added < 0, errno == EINTR { continue }
            guard added > 0 else { throw lastFailure() }
            count += added
        }
        return Array(bytes.prefix(count))
    }

    private static func lastFailure() -> Failure { Failure(reason: String(cString: strerror(errno))) }

    private static func isWorldReadableOnDisk(_ path: String) -> Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let permissions = (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0
        return permissions & 0o004 != 0
    }
}
