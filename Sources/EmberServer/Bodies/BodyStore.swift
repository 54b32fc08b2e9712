public import EmberSystem
import HTTPTypes
import NIOCore
import NIOPosix

/// Takes in the bodies of requests: short ones into memory, long ones into files without names.
public struct BodyStore: Sendable {
    let room: BodyRoom
    let refused: RefusedBodies
    /// Their names, by number.
    private let tenants: [String]
    private let makeFile: @Sendable () throws(BodyFileError) -> BodyFile

    /// Longer bodies lie in files.
    static let largestInMemory = 1 << 20
    /// Shorter bodies stay in memory whatever else is there.
    static let smallest = 64 << 10
    /// How much of a long body is gathered before it is written.
    private static let largestWrite = 256 << 10

    init(
        _ room: BodyRoom, tenants: [String] = [], time: TimeSource,
        makeFile: @escaping @Sendable () throws(BodyFileError) -> BodyFile
    ) {
        self.room = room
        self.tenants = tenants
        refused = RefusedBodies(time)
        self.makeFile = makeFile
    }

    /// - Parameters:
    ///   - folder: where the files lie.
    ///   - tenants: their names, by number.
    public init(_ limits: BodyLimits, folder: String, tenants: [String] = [], time: TimeSource) {
        self.init(BodyRoom(limits), tenants: tenants, time: time) { () throws(BodyFileError) in try BodyFile(in: folder)
        }
    }

    var view: BodiesView { BodiesView(room.use, room.limits, tenants: tenants) }

    /// Makes a file and lets go of it, to learn at the start whether that works.
    public func check() throws(BodyFileError) { _ = try makeFile() }

    /// Takes in a body.
    ///
    /// - Parameters:
    ///   - length: as it was announced; nil: it was not.
    ///   - limit: longer bodies are refused.
    ///   - client: nil: not known, such as a program on this machine.
    /// - Throws: `APIError`, or what `pieces` throws.
    nonisolated(nonsending) func collect<Pieces: AsyncSequence & Sendable>(
        _ pieces: Pieces, length: Int?, limit: Int, tenant: Int, client: ClientAddress? = nil
    ) async throws -> StoredBody where Pieces.Element == ByteBuffer {
        if let length, length > limit { throw APIError.tooLarge(limitBytes: limit) }
        var body = GrowingBody(room.lease(for: tenant))
        do {
            // Before it is read: what cannot come to its end is not to take the room of others.
            if let length, length > Self.smallest { try body.lease.check(length) }
            for try await piece in pieces {
                guard body.count + piece.readableBytes <= limit else { throw APIError.tooLarge(limitBytes: limit) }
                try body.lease.take(piece.readableBytes)
                body.append(piece)
                if let client, body.isLong { try await pause(&body, client) }
                if mustBeWritten(body, length) { try await write(&body) }
            }
            if let length, body.received != length { throw APIError.incompleteBody(body.received, of: length) }
            if body.file != nil { try await write(&body) }
        } catch let full as BodyRoom.Full {
            throw APIError(full)
        } catch let error as BodyFileError {
            throw APIError(error)
        }
        return body.stored
    }

    /// A body whose reader keeps in memory what it makes of it.
    ///
    /// - Parameter lease: counts its bytes until it is let go of.
    func read<Pieces: AsyncSequence & Sendable>(
        _ pieces: Pieces, length: Int?, lease: BodyLease
    ) throws(APIError) -> AsyncThrowingMapSequence<Pieces, [UInt8]> where Pieces.Element == ByteBuffer {
        do throws(BodyRoom.Full) { if let length { try lease.check(length) } } catch { throw APIError(error) }
        return pieces.map { piece in
            do throws(BodyRoom.Full) {
                try lease.take(piece.readableBytes, staysInMemory: true)
            } catch { throw APIError(error) }
            return Array(piece.readableBytesView)
        }
    }

    /// Nothing more is read meanwhile, so that the client waits as well.
    private func pause(_ body: inout GrowingBody, _ client: ClientAddress) async throws {
        let pause = refused.pause(after: body.takeUncounted(), from: client)
        if pause > .zero { try await refused.time.sleep(for: pause) }
    }

    private func mustBeWritten(_ body: GrowingBody, _ length: Int?) -> Bool {
        // Of an ordinary request nothing more is asked.
        if body.count <= Self.smallest { return false }
        if body.file != nil || max(length ?? 0, body.count) > Self.largestInMemory {
            return body.unwritten.readableBytes >= Self.largestWrite
        }
        return room.isMemoryShort
    }

    private func write(_ body: inout GrowingBody) async throws {
        let (bytes, offset) = (body.unwritten, body.written)
        guard bytes.readableBytes > 0 else { return }
        body.file = try await NIOThreadPool.singleton.runIfActive { [file = body.file, makeFile] in
            let file = try file ?? makeFile()
            try file.write(bytes, at: offset)
            return file
        }
        body.hasWritten()
    }
}

/// A body that is still coming.
private struct GrowingBody {
    let lease: BodyLease
    var file: BodyFile?
    private(set) var unwritten = ByteBuffer()
    private(set) var written = 0
    /// Bytes before the text.
    private var leftOut = 0
    /// Of its bytes, those that `RefusedBodies` counts.
    private var counted = 0

    init(_ lease: BodyLease) { self.lease = lease }

    var count: Int { written + unwritten.readableBytes }

    /// Whether the work on it is worth counting, and enough of it has come since it was counted last.
    var isLong: Bool { BodyWork.isLong(count) && count - counted >= Self.leastCounted }

    private static let leastCounted = 64 << 10

    mutating func takeUncounted() -> Int {
        defer { counted = count }
        return count - counted
    }

    /// With what has been left out.
    var received: Int { count + leftOut }

    /// One piece is kept as it came: most bodies have no more.
    mutating func append(_ piece: ByteBuffer) {
        var piece = piece
        if count == 0 { dropMark(of: &piece) }
        if unwritten.readableBytes == 0 { unwritten = piece } else { unwritten.writeImmutableBuffer(piece) }
    }

    /// Some editors and shells begin a text with a byte order mark, which is no JSON.
    private mutating func dropMark(of piece: inout ByteBuffer) {
        guard piece.readableBytesView.starts(with: Self.byteOrderMark) else { return }
        piece.moveReaderIndex(forwardBy: Self.byteOrderMark.count)
        leftOut = Self.byteOrderMark.count
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    mutating func hasWritten() {
        lease.moveToFile(unwritten.readableBytes)
        written += unwritten.readableBytes
        unwritten = ByteBuffer()
    }

    var stored: StoredBody {
        StoredBody(file.map { .file($0, count: count) } ?? .memory(unwritten), lease: lease)
    }
}

extension APIError {
    static func incompleteBody(_ count: Int, of length: Int) -> APIError {
        .invalidRequest("The body ended after \(count) of the \(length) bytes that content-length says.")
    }

    init(_ full: BodyRoom.Full) {
        switch full {
        case .tenant(let limit):
            self.init(
                status: .tooManyRequests,
                message: "Your requests in flight would have more than \(limit) bytes of bodies (bodies.per_tenant). "
                    + "Send this one again when others have ended.",
                type: "rate_limit_error", code: "tenant_bodies_full", retryAfterSeconds: 2)
        case .all(let limit):
            self.init(
                status: .serviceUnavailable,
                message: "All requests in flight would have more than \(limit) bytes of bodies (bodies.limit). "
                    + "Send this one again when others have ended.",
                type: "server_error", code: "bodies_full", retryAfterSeconds: 2)
        case .memory(let limit):
            self.init(
                status: .serviceUnavailable,
                message: "Bodies that have to stay in memory, such as imports, would take more than \(limit) bytes "
                    + "together. Send this one again when others have ended.",
                type: "server_error", code: "bodies_full", retryAfterSeconds: 2)
        case .never(let limit):
            self.init(
                status: .contentTooLarge,
                message: "The request's body exceeds \(limit) bytes, the most that may be in flight at all "
                    + "(bodies.limit, bodies.per_tenant).",
                type: "invalid_request_error", code: "body_too_large")
        }
    }

    init(_ error: BodyFileError) {
        let status: HTTPResponse.Status =
            error.isDiskFull ? .init(code: 507, reasonPhrase: "Insufficient Storage") : .serviceUnavailable
        self.init(
            status: status,
            message: "The request's body cannot be kept in a file: \(error). "
                + "Bodies of more than 1 MiB lie in the cache folder (EMBER_CACHE).",
            type: "server_error", code: error.isDiskFull ? "disk_full" : "body_not_kept", retryAfterSeconds: 5)
    }
}
