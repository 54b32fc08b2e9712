import EmberCore
import Foundation
import NIOCore

@testable import EmberContext
@testable import EmberServer

/// A request for messages becomes a chat, which is JSON; and the events of a chat become Anthropic's, the same however
/// they are cut.
let fuzzMessages: FuzzTarget = { input in
    var reader = InputReader(input)
    let (choice, size) = (reader.byte(), 1 + Int(reader.byte()))
    let bytes = reader.bytes
    if choice & 1 == 0 {
        checkRequest(bytes, isForLlamaServer: choice & 2 == 0)
    } else {
        checkAnswer(bytes, piece: size)
    }
}

private func checkRequest(_ bytes: [UInt8], isForLlamaServer: Bool) {
    guard let shape = try? RequestShape(bytes, kind: .messages), shape.problem == nil else { return }
    do {
        let chat = try bytes.withUnsafeBufferPointer {
            try MessagesTranslation($0, isForLlamaServer: isForLlamaServer).body
        }
        promise(
            (try? RequestShape(chat, kind: .chat)) != nil,
            "the chat is no JSON: \(String(decoding: chat, as: UTF8.self))")
    } catch {
        promise(error is APIError, "an error that no client would see: \(error)")
    }
}

private func checkAnswer(_ bytes: [UInt8], piece size: Int) {
    let answer = MessagesAnswer(stopSequences: ["a"])
    let (whole, cut) = (written(bytes, piece: max(1, bytes.count), answer), written(bytes, piece: size, answer))
    promise(whole == cut, "cut into pieces of \(size) it is another stream")
    for line in whole.split(separator: UInt8(ascii: "\n")) where line.starts(with: "data: ".utf8) {
        promise((try? RequestShape(Array(line.dropFirst(6)), kind: nil)) != nil, "an event is no JSON")
    }
    let message = bytes.withUnsafeBufferPointer { try? answer.whole($0) }
    if let message { promise((try? RequestShape(message, kind: nil)) != nil, "a whole answer is no JSON") }
}

private func written(_ bytes: [UInt8], piece size: Int, _ answer: MessagesAnswer) -> [UInt8] {
    var (stream, written) = (MessagesStream(answer), [UInt8]())
    for start in stride(from: 0, to: bytes.count, by: size) {
        let piece = ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)])
        written += Array(stream.passOn(piece).readableBytesView)
    }
    return written + Array(stream.end(behind: ByteBuffer()).readableBytesView)
}
