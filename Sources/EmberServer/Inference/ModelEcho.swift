import EmberContext
import NIOCore

/// Gives an answer the model's name that its request asked for, where the answering server knows the model by another:
/// an alias was asked for, or a variant, or another model stands in.
///
/// Clients compare the two. The bytes beside the name stay as they are.
struct ModelEcho: Sendable {
    /// As JSON.
    let name: String

    /// - Parameters:
    ///   - asked: nil: the request names no model.
    ///   - server: the name by which the answering server knows the model.
    /// - Returns: nil where the answer has the name already.
    init?(_ asked: String?, from server: String?) {
        guard let asked, asked != server else { return nil }
        name = JSONLiteral.string(asked)
    }

    /// A whole answer, or the beginning of one. O(bytes).
    func written(into body: ByteBuffer) -> ByteBuffer {
        guard let edit = edit(of: body.readableBytesView) else { return body }
        return ByteBuffer(bytes: BodyEdit.apply([edit], to: body.readableBytesView))
    }

    /// One event of a stream.
    func written(into event: ArraySlice<UInt8>) -> [UInt8] {
        var place = event.startIndex
        while place < event.endIndex {
            let end = event[place...].firstIndex(of: UInt8(ascii: "\n")) ?? event.endIndex
            let line = event[place..<end]
            place = min(end + 1, event.endIndex)
            guard line.starts(with: "data:".utf8) else { continue }
            let data = line.dropFirst(5)
            guard let edit = edit(of: data) else { continue }
            let offset = data.startIndex - event.startIndex
            let range = edit.range.lowerBound + offset..<edit.range.upperBound + offset
            return BodyEdit.apply([BodyEdit(range, edit.text)], to: event)
        }
        return Array(event)
    }

    private func edit(of json: some Collection<UInt8>) -> BodyEdit? {
        let range = json.withContiguousStorageIfAvailable { bytes in
            var place: Range<Int>?
            var scanner = JSONScanner(bytes)
            if scanner.skipSpace() == UInt8(ascii: "{") { Self.find(&place, &scanner) }
            return place
        }
        return range.flatMap(\.self).map { BodyEdit($0, name) }
    }

    /// The last `model` of the object, or of what it is about: the `message` that an Anthropic stream begins with, or
    /// the `response` of OpenAI's. Of an object that is not whole, what has come counts.
    private static func find(_ place: inout Range<Int>?, _ scanner: inout JSONScanner) {
        try? scanner.members { key, scanner in
            let first = scanner.skipSpace()
            if scanner.spells("model", key), first == UInt8(ascii: "\"") {
                place = try scanner.skipValue()
            } else if scanner.spells("message", key) || scanner.spells("response", key), first == UInt8(ascii: "{") {
                try scanner.members { key, scanner in
                    let isName = scanner.spells("model", key) && scanner.skipSpace() == UInt8(ascii: "\"")
                    let range = try scanner.skipValue()
                    if isName { place = range }
                }
            } else {
                try scanner.skipValue()
            }
        }
    }
}
