public import EmberCore

/// How much the store takes of disk and memory, and when it writes.
public struct StoreLimits: Hashable, Sendable {
    /// Demonstrations of one service of one tenant.
    public var entriesPerService = 10_000
    /// What they take on the disk, about.
    public var bytesPerService = Bytes.mebibytes(64)
    /// The database file; may be exceeded by one batch of writes, and for moments by SQLite's log beside it.
    public var diskBytes = Bytes.mebibytes(1024)
    public var promptBytes = Bytes(64 << 10)
    public var resultBytes = Bytes(64 << 10)
    /// One import, which is taken in as a whole.
    public var importBytes = Bytes.mebibytes(64)
    /// Vectors kept in memory; those of one service that need more are read again for every query.
    public var vectorBytes = Bytes.mebibytes(64)
    /// Learned demonstrations are written after this time, or when there are this many.
    public var flushInterval = Duration.milliseconds(500)
    public var flushEntries = 64
    /// Learned demonstrations that wait while writing fails; beyond that the oldest are dropped.
    public var waitingBytes = Bytes.mebibytes(8)

    public init() {}

    /// The empty database, with room for the least that makes sense.
    static let smallestDisk = Bytes.mebibytes(1)

    func check() throws(FieldProblem) {
        let positive = [
            ("entriesPerService", entriesPerService), ("bytesPerService", bytesPerService.count),
            ("promptBytes", promptBytes.count), ("resultBytes", resultBytes.count), ("importBytes", importBytes.count),
            ("flushEntries", flushEntries), ("waitingBytes", waitingBytes.count),
        ]
        for (field, value) in positive where value < 1 { throw FieldProblem(field, "\(value)", "give at least 1") }
        if vectorBytes < .zero { throw FieldProblem("vectorBytes", "\(vectorBytes.count)", "give 0 or more") }
        if flushInterval < .zero { throw FieldProblem("flushInterval", "\(flushInterval)", "give 0 or more") }
        if diskBytes < Self.smallestDisk {
            throw FieldProblem("diskBytes", "\(diskBytes.count)", "give at least \(Self.smallestDisk.count)")
        }
    }
}
