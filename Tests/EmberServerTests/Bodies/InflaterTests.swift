import CZlib
import EmberCore
import NIOCore
import Testing

@testable import EmberServer

@Suite struct InflaterTests {
    /// - Parameter bits: of zlib: 31 is gzip, 15 zlib's own form.
    private func packed(_ bytes: [UInt8], _ bits: Int32 = 31) -> [UInt8] {
        var (stream, bytes) = (z_stream(), bytes)
        deflateInit2_(
            &stream, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var out = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        let room = out.count
        let left = bytes.withUnsafeMutableBufferPointer { input in
            out.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                _ = deflate(&stream, Z_FINISH)
                return Int(stream.avail_out)
            }
        }
        return Array(out.prefix(room - left))
    }

    /// All that comes of the pieces; nil: they cannot be unpacked, or are not whole.
    private func unpacked(_ pieces: [ArraySlice<UInt8>]) -> [UInt8]? {
        let inflater = Inflater()
        var bytes: [UInt8] = []
        for piece in pieces {
            var compressed = ByteBuffer(bytes: piece)
            do {
                while let more = try inflater.piece(of: &compressed) {
                    #expect(more.readableBytes <= 64 << 10)
                    bytes += more.readableBytesView
                }
            } catch { return nil }
            #expect(compressed.readableBytes == 0)
        }
        return inflater.isAtEnd ? bytes : nil
    }

    private func text(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var lots = SeededGenerator(seed: seed)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: Int.random(in: 97...102, using: &lots)) }
    }

    @Test(arguments: [Int32(31), 15], [0, 1, 1000, 300_000])
    func whatWasPackedComesBack(_ bits: Int32, _ count: Int) {
        let bytes = text(count)
        #expect(unpacked([packed(bytes, bits)[...]]) == bytes)
    }

    @Test func whereverItIsCutInPieces() {
        let (bytes, packed) = (text(200), packed(text(200)))
        for place in 0...packed.count { #expect(unpacked([packed[..<place], packed[place...]]) == bytes) }
        #expect(unpacked(packed.indices.map { packed[$0...$0] }) == bytes)
    }

    @Test func severalMembersAreOneBody() {
        #expect(unpacked([(packed(text(10)) + packed(text(5, seed: 2)))[...]]) == text(10) + text(5, seed: 2))
    }

    @Test func whatIsCutIsNotWhole() {
        let packed = packed(text(200))
        for count in 1..<packed.count { #expect(unpacked([packed.prefix(count)]) == nil) }
    }

    @Test func damageIsNoticed() {
        let packed = packed(text(200))
        for place in packed.indices where !(3...9).contains(place) {
            var damaged = packed
            damaged[place] ^= 0x55
            #expect(unpacked([damaged[...]]) != text(200))
        }
        #expect(unpacked([Array("no gzip".utf8)[...]]) == nil)
    }
}
