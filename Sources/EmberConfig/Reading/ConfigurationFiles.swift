public import EmberSystem

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

    public init(_ files: any FileSystem) {
        self.init { path, limit throws(Failure) in
            do throws(FileProblem) { return try Array(files.bytes(of: path, upTo: limit)) } catch {
                throw Failure(reason: error.reason ?? error.description)
            }
        } isWorldReadable: { path in
            ((try? files.status(of: path)) ?? nil).map { $0.permissions & 0o004 != 0 } ?? false
        }
    }
}
