import EmberConfig
import EmberContext
import EmberCore
import Foundation
import NIOCore
import Testing

@testable import EmberServer

@Suite struct BodyStoreTests {
    private let store = testBodies()

    /// Collects `count` bytes that come in pieces of `piece`.
    private func collect(
        _ count: Int, in store: BodyStore, pieces piece: Int = 60_000, length: Int? = nil, limit: Int = 64 << 20
    ) async throws -> StoredBody {
        let pieces = stride(from: 0, to: count, by: piece).map { start in
            ByteBuffer(bytes: (start..<min(start + piece, count)).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        }
        return try await store.collect(
            AsyncStream { stream in
                for piece in pieces { stream.yield(piece) }
                stream.finish()
            }, length: length, limit: limit, tenant: 0)
    }

    private func isInFile(_ body: StoredBody) -> Bool {
        if case .file = body.content { true } else { false }
    }

    @Test(arguments: [nil, 1] as [Int?])
    func oneMebibyteStaysInMemoryAndOneByteMoreDoesNot(_ announced: Int?) async throws {
        for (count, inFile) in [(0, false), (1, false), (1 << 20, false), ((1 << 20) + 1, true), (5 << 20, true)] {
            let body = try await collect(count, in: store, length: announced.map { _ in count })
            #expect(isInFile(body) == inFile && body.count == count)
            #expect(store.room.use.bytes == count && store.room.use.inMemory == (inFile ? 0 : count))
            let isRight = try await body.read { bytes in
                bytes.count == count
                    && bytes.enumerated().allSatisfy { $1 == UInt8(truncatingIfNeeded: $0 &* 31) }
            }
            #expect(isRight)
        }
        #expect(store.room.use.bytes == 0 && store.room.use.requests == 0)
    }

    @Test(arguments: 0..<10)
    func editsOverAFileAndOverMemoryGiveTheSameBytes(_ seed: UInt64) async throws {
        var lots = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...700_000, using: &lots)
        let body = try await collect(count, in: store, pieces: Int.random(in: 1000...200_000, using: &lots))
        let bytes = try await body.read { Array($0) }
        let file = try BodyFile(in: FileManager.default.temporaryDirectory.path)
        try file.write(ByteBuffer(bytes: bytes), at: 0)
        for _ in 0..<4 {
            let places = (0..<Int.random(in: 0...8, using: &lots)).map { _ in Int.random(in: 0...count, using: &lots) }
                .sorted()
            let edits = zip(places, places.dropFirst() + [count]).map { start, next in
                let end = Int.random(in: start...max(start, min(next, start + 50)), using: &lots)
                return BodyEdit(start..<end, String(repeating: "é", count: Int.random(in: 0...40, using: &lots)))
            }.shuffled(using: &lots)
            let sent = EditedFile(file, count: count, edits: edits)
            var (all, offset): ([UInt8], Int) = ([], 0)
            for try await piece in sent {
                #expect(piece.readableBytes > 0 && piece.readableBytes <= 256 << 10)
                #expect(try sent.piece(at: offset) == piece, "seed \(seed): once more")
                offset += piece.readableBytes
                all.append(contentsOf: piece.readableBytesView)
            }
            #expect(all.count == sent.count && all == BodyEdit.apply(edits, to: bytes), "seed \(seed), \(edits)")
        }
    }

    @Test func aLengthThatLiesIsToldAndNothingIsKept() async throws {
        for (count, length) in [(10, 11), (10, 0), (2 << 20, 3 << 20)] {
            await #expect {
                _ = try await collect(count, in: store, length: length)
            } throws: { ($0 as? APIError)?.message.contains("\(count) of the \(length) bytes") == true }
        }
        #expect(store.room.use.bytes == 0 && store.room.use.requests == 0)
    }

    @Test(arguments: [nil, 101, 3 << 20])
    func tooLargeBodiesAreRefused(_ length: Int?) async throws {
        await #expect {
            _ = try await collect(length ?? 5000, in: store, pieces: 40, length: length, limit: 100)
        } throws: { ($0 as? APIError)?.code == "body_too_large" }
        #expect(store.room.use.bytes == 0)
    }

    @Test func beyondTheBoundsIsTheTenantsFaultOrThatOfAll() async throws {
        let store = testBodies(total: 3 << 20, perTenant: 2 << 20)
        let first = try await collect(2 << 20, in: store)
        await #expect {
            _ = try await collect(1 << 20, in: store)
        } throws: { ($0 as? APIError)?.code == "tenant_bodies_full" && ($0 as? APIError)?.status.code == 429 }
        let other = store.room.lease(for: 1)
        try other.take(1 << 20)
        let third = AsyncStream<ByteBuffer> { $0.yield(ByteBuffer(repeating: 1, count: 10)) }
        await #expect {
            _ = try await store.collect(third, length: nil, limit: 1 << 20, tenant: 2)
        } throws: {
            let error = $0 as? APIError
            return error?.code == "bodies_full" && error?.status == .serviceUnavailable && error?.retryAfterSeconds == 2
        }
        await #expect {
            _ = try await collect(0, in: store, length: (2 << 20) + 1)
        } throws: { ($0 as? APIError)?.status == .contentTooLarge }
        withExtendedLifetime((first, other)) {}
    }

    /// What is announced takes nothing; what cannot come to its end is refused before a byte of it is read.
    @Test func announcementsTakeNoRoom() async throws {
        let store = testBodies(total: 3 << 20, perTenant: 3 << 20)
        let (pieces, source) = AsyncStream<ByteBuffer>.makeStream()
        let slow = Task { try await store.collect(pieces, length: 3 << 20, limit: 4 << 20, tenant: 0) }
        source.yield(ByteBuffer(string: "{"))
        #expect(await eventually { store.room.use.bytes == 1 })
        let other = try await collect(2 << 20, in: store, length: 2 << 20)
        let unread = AsyncStream<ByteBuffer> { _ in }
        await #expect {
            _ = try await store.collect(unread, length: 2 << 20, limit: 4 << 20, tenant: 0)
        } throws: { ($0 as? APIError)?.code != nil }
        slow.cancel()
        _ = await slow.result
        #expect(await eventually { store.room.use.bytes == other.count })
    }

    @Test func whereMuchIsInMemoryMiddlingBodiesGoToFilesAndSmallOnesStay() async throws {
        var limits = BodyLimits(total: 1 << 30, perTenant: 1 << 30)
        limits.memory = 2 << 20
        let store = BodyStore(limits, folder: FileManager.default.temporaryDirectory.path, time: .system)
        let first = try await collect(600 << 10, in: store)
        let second = try await collect(600 << 10, in: store)
        let small = try await collect(64 << 10, in: store)
        #expect(!isInFile(first) && isInFile(second) && !isInFile(small))
        #expect(store.room.use.inMemory == 664 << 10)
    }

    @Test func aFileHasNoNameAndIsItsOwnersAlone() async throws {
        let folder = try TestFiles()
        let store = BodyStore(BodyLimits(total: 1 << 30, perTenant: 1 << 30), folder: folder.path, time: .system)
        let body = try await collect(2 << 20, in: store)
        #expect(isInFile(body))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        // As on file systems that know no files without names.
        for descriptor in [try BodyFile.unlinked(in: folder.path)] {
            var status = stat()
            #expect(fstat(descriptor, &status) == 0 && status.st_nlink == 0 && status.st_mode & 0o777 == 0o600)
            close(descriptor)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func aFolderThatIsNotThereIsNamed() async throws {
        let store = BodyStore(
            BodyLimits(total: 1 << 30, perTenant: 1 << 30), folder: "/nonexistent/cache", time: .system)
        #expect(throws: BodyFileError.self) { try store.check() }
        await #expect {
            _ = try await collect(2 << 20, in: store)
        } throws: {
            let error = $0 as? APIError
            return error?.status == .serviceUnavailable && error?.message.contains("/nonexistent/cache") == true
        }
        #expect(try await collect(1 << 20, in: store).count == 1 << 20)
    }

    #if os(Linux)
        @Test func aFullDiskIsSaidSo() async throws {
            let room = BodyRoom(BodyLimits(total: 1 << 30, perTenant: 1 << 30))
            let store = BodyStore(room, time: .system) { () throws(BodyFileError) in
                BodyFile(descriptor: open("/dev/full", O_RDWR))
            }
            await #expect {
                _ = try await collect(2 << 20, in: store)
            } throws: {
                let error = $0 as? APIError
                return error?.status.code == 507 && error?.code == "disk_full" && error?.retryAfterSeconds != nil
            }
            #expect(room.use.bytes == 0 && room.use.requests == 0)
        }
    #endif

    @Test func theWholeComesFromTheMachineAndATenantsShareFromTheWhole() throws {
        let folders = ConfigurationFolders(home: "/h", cache: "/c", state: "/s", configuration: "/e", working: "/w")
        func limits(_ text: String, free: Int?) throws -> [Int] {
            let reader = ConfigurationReader(environment: [:], folders: folders, files: .init(.system))
            let model = "models: {m: {path: /m.gguf}}\n"
            let limits = BodyLimits(try reader.read(text: model + text, source: "e").configuration, freeBytes: free)
            return [limits.total >> 20, limits.perTenant >> 20]
        }
        let keys = "keys: [{key: aaaaaaaaaaaaaaaa, name: a}, {key: bbbbbbbbbbbbbbbb, name: b}]\n"
        #expect(try limits("", free: nil) == [1024, 1024])
        #expect(try limits("", free: 1 << 30) == [512, 512])
        #expect(try limits("", free: 0) == [32, 32])
        #expect(try limits(keys, free: nil) == [1024, 512])
        #expect(try limits(keys + "bodies: {limit: 100MiB}", free: nil) == [100, 50])
        #expect(try limits(keys + "bodies: {limit: 40MiB}", free: nil) == [40, 32])
        #expect(try limits("bodies: {limit: 40MiB, per_tenant: 99MiB}", free: nil) == [40, 40])
        #expect(try limits("max_body_of: {chat: 2GiB}", free: nil) == [2048, 2048])
    }
}
