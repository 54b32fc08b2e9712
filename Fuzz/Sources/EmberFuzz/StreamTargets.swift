import Foundation
import NIOCore

@testable import EmberServer

/// A stream of events, in the pieces that its first bytes say: however it is cut, the same is passed on; and nothing is passed on that
/// did not come.
let fuzzStream: FuzzTarget = { input in
    var reader = InputReader(input)
    let (hidesUsage, size) = (reader.byte() & 1 == 1, 1 + Int(reader.byte()))
    let bytes = reader.bytes
    var whole = EventStreamFilter(hidesUsage: hidesUsage)
    var cut = EventStreamFilter(hidesUsage: hidesUsage)
    let passedWhole = pass(bytes, piece: max(1, bytes.count), &whole)
    let passedCut = pass(bytes, piece: size, &cut)
    promise(passedWhole == passedCut, "cut into pieces of \(size) it is another stream")
    promise((whole.error == nil) == (cut.error == nil), "cut into pieces of \(size) it has another error")
    promise(passedWhole.count <= bytes.count + 2, "more is passed on than came")
    if !hidesUsage, whole.error == nil { promise(passedWhole.starts(with: bytes), "something is missing") }
    for form in [APIForm.choices, .messages, .responses, .other] { _ = form.end(of: bytes) }
}

private func pass(_ bytes: [UInt8], piece size: Int, _ filter: inout EventStreamFilter) -> [UInt8] {
    var passed: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
        let piece = ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)])
        passed += Array(filter.passOn(piece).readableBytesView)
    }
    if filter.error == nil { passed += Array(filter.end().readableBytesView) }
    return passed
}

/// The end of an answer: however it comes in pieces, the same usage is read, and no number is negative.
let fuzzUsage: FuzzTarget = { input in
    var reader = InputReader(input)
    let size = 1 + Int(reader.byte())
    let bytes = reader.bytes
    var (whole, cut) = (UsageScanner(), UsageScanner())
    whole.read(ByteBuffer(bytes: bytes))
    for start in stride(from: 0, to: bytes.count, by: size) {
        cut.read(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
    }
    promise(whole.tokens >= 0, "fewer than no tokens")
    // Of more than what is kept, what is seen depends on the pieces.
    if bytes.count < 4096 {
        promise(
            whole.tokens == cut.tokens && whole.reusedTokens == cut.reusedTokens, "other tokens in pieces of \(size)")
        promise(whole.bill?.input == cut.bill?.input && whole.bill?.output == cut.bill?.output, "another bill")
        promise(whole.lastSequence == cut.lastSequence, "another number of an event")
    }
    if let bill = whole.bill { promise(bill.input >= 0 && bill.output >= 0, "less than nothing to pay") }
    if let work = whole.work(promptBytes: bytes.count) {
        promise(
            work.prefillSeconds >= 0 && work.decodeSeconds >= 0 && work.promptTokens >= 0, "work of less than no time")
    }
}
