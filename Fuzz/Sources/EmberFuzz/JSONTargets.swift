import EmberCore
import Foundation
import NIOCore

@testable import EmberContext
@testable import EmberServer

/// The scanner takes what Foundation takes, but for what it refuses on purpose.
let fuzzJSON: FuzzTarget = { input in
    var scanner = JSONScanner(input)
    let isTaken: Bool
    var problem: JSONMalformed?
    do throws(JSONMalformed) {
        try scanner.skipValue()
        try scanner.end()
        isTaken = true
    } catch {
        (isTaken, problem) = (false, error)
    }
    if let problem { promise((0...input.count).contains(problem.position), "a place outside the text") }
    let parsed = try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)
    if isTaken {
        let isKnown = parsed != nil || isJSON(withPlainNumbers(input))
        promise(isKnown, "Foundation does not take it")
    } else if parsed != nil {
        promise(isRefusedOnPurpose(input, problem), "Foundation takes it: \(problem.map { "\($0)" } ?? "")")
    }
}

private func isJSON(_ bytes: [UInt8]) -> Bool {
    (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
}

/// Foundation refuses numbers that no Double holds: with 0 in the place of each it takes the text. It is JSON already.
private func withPlainNumbers(_ input: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var (result, isInString, isEscaped, isInNumber) = ([UInt8](), false, false, false)
    for byte in input {
        let isPartOfNumber = !isInString && (isInNumber ? "+-.eE0123456789" : "-0123456789").utf8.contains(byte)
        if isPartOfNumber {
            if !isInNumber { result.append(UInt8(ascii: "0")) }
        } else {
            result.append(byte)
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = isInString
            } else if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            }
        }
        isInNumber = isPartOfNumber
    }
    return result
}

/// Control characters in strings, a comma behind the last element, nesting that is too deep, and texts in UTF-16 and UTF-32.
private func isRefusedOnPurpose(_ input: UnsafeBufferPointer<UInt8>, _ problem: JSONMalformed?) -> Bool {
    guard let problem else { return false }
    if problem.problem == .nestedTooDeep || input.contains(0) { return true }
    // Marks of UTF-16.
    if input.starts(with: [0xFE, 0xFF]) || input.starts(with: [0xFF, 0xFE]) { return true }
    guard problem.position < input.count else { return false }
    let byte = input[problem.position]
    let isBehindComma =
        (problem.problem == .expectedValue && byte == UInt8(ascii: "]"))
        || (problem.problem == .expectedKey && byte == UInt8(ascii: "}"))
    return byte < 0x20 || isBehindComma
}

private let kinds: [RequestKind] = [.chat, .completions, .embeddings, .rerank, .messages, .countTokens, .responses]

/// A body as every path takes it. What is edited decodes to the same, but for the edit.
let fuzzBody: FuzzTarget = { input in
    var reader = InputReader(input)
    let kind = kinds[Int(reader.byte()) % kinds.count]
    let bytes = reader.bytes
    guard let shape = try? RequestShape(bytes, kind: kind) else { return }
    promise(bytes[shape.closingBrace] == UInt8(ascii: "}"), "no brace at \(shape.closingBrace)")
    if let range = shape.modelRange {
        let name = try? JSONSerialization.jsonObject(with: Data(bytes[range]), options: .fragmentsAllowed)
        promise(name as? String == shape.model, "the model's name is another")
    }
    guard let before = object(bytes) else {
        // Foundation knows less deep nesting, and no numbers out of range.
        return
    }
    promise(shape.isEmpty == before.isEmpty, "isEmpty")
    check(shape.bounds.edit(bounding: 12), bytes, before) { $0.count >= before.count }
    if let wish = shape.streamOptions.wishingUsage {
        check(wish, bytes, before) { ($0["stream_options"] as? [String: Any])?["include_usage"] as? Bool == true }
    }
    if let range = shape.modelRange {
        check(BodyEdit(range, JSONLiteral.string("other")), bytes, before) { $0["model"] as? String == "other" }
    }
    checkPrompt(bytes, shape, before)
}

private func checkPrompt(_ bytes: [UInt8], _ shape: RequestShape, _ before: [String: Any]) {
    guard let prompt = PromptBody(bytes, shape) else { return }
    let turns = [Turn(prompt: "one \"\u{1}\\", result: "two\u{2028}")]
    let edits = prompt.edits(inserting: prompt.takesDemonstrations ? turns : [], slot: 3, reusing: false)
    let edited = BodyEdit.apply(edits, to: bytes)
    promise(object(edited) != nil, "with demonstrations it is no JSON: \(String(decoding: edited, as: UTF8.self))")
    if let prefill = prompt.prefill(turns, slot: 1) {
        promise(object(prefill.body) != nil, "no JSON: \(String(decoding: prefill.body, as: UTF8.self))")
    }
}

private func check(_ edit: BodyEdit, _ bytes: [UInt8], _ before: [String: Any], _ isRight: ([String: Any]) -> Bool) {
    let edited = BodyEdit.apply([edit], to: bytes)
    guard let after = object(edited) else {
        return promise(false, "edited, it is no JSON: \(String(decoding: edited, as: UTF8.self))")
    }
    promise(isRight(after), "the edit is not in \(String(decoding: edited, as: UTF8.self))")
    let changed = ["model", "stream_options", "max_tokens", "max_completion_tokens", "max_output_tokens", "n_predict"]
    for (key, value) in before where !changed.contains(key) {
        guard let now = after[key] else { return promise(false, "'\(key)' is missing in the edited body") }
        promise(
            NSDictionary(dictionary: [key: value]) == NSDictionary(dictionary: [key: now]), "'\(key)' is another value")
    }
}

private func object(_ bytes: [UInt8]) -> [String: Any]? {
    try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
}

/// What an engine or an upstream answers: an answer to be learnt from, an error, the end of a JSON text.
let fuzzAnswer: FuzzTarget = { input in
    var reader = InputReader(input)
    let choice = reader.byte()
    let bytes = reader.bytes
    let formats: [PromptFormat] = [.chat, .completion, .messages, .responses]
    var answer = AnswerText(formats[Int(choice) % 4], isStream: choice & 4 != 0)
    answer.read(bytes)
    _ = answer.text()
    var extent = JSONExtent()
    extent.read(ByteBuffer(bytes: bytes))
    if (try? JSONSerialization.jsonObject(with: Data(bytes))) != nil, !bytes.contains(0) {
        promise(extent.isWhole, "JSON that is not whole")
    }
    if var error = ErrorObject(told: bytes) ?? ErrorObject(event: bytes) {
        for form in [APIForm.choices, .messages, .responses, .other] {
            let told = Array(error.json(in: form, status: 500))
            promise(object(told) != nil, "an error that is no JSON: \(String(decoding: told, as: UTF8.self))")
            _ = error.event(in: form, status: 500, after: 7)
        }
        error.blameRequest()
        _ = error.blamesRequest
    }
}
