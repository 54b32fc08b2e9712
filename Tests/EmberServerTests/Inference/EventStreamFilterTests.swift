import NIOCore
import Testing

@testable import EmberServer

@Suite struct EventStreamFilterTests {
    private let stream = """
        data: {"choices":[{"delta":{"content":"a"}}],"usage":null}

        data: {"choices":[{"delta":{"content":"\\"choices\\":[] \\"usage\\":{"}}]}

        data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}

        data: [DONE]


        """

    private func filtered(_ text: String, piecesOf size: Int) -> String {
        var filter = EventStreamFilter(hidesUsage: true)
        let bytes = Array(text.utf8)
        var passed = ByteBuffer()
        for start in stride(from: 0, to: bytes.count, by: size) {
            var piece = filter.passOn(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
            passed.writeBuffer(&piece)
        }
        var left = filter.passOn(ByteBuffer(), isEnd: true)
        passed.writeBuffer(&left)
        return String(buffer: passed)
    }

    @Test(arguments: [1, 7, 64, 10_000])
    func onlyTheUsageIsTakenOut(piecesOf size: Int) {
        let usage = "data: {\"choices\": [], \"usage\": {\"prompt_tokens\": 3, \"completion_tokens\": 1}}\n\n"
        #expect(filtered(stream, piecesOf: size) == stream.replacing(usage, with: ""))
        let windows = stream.replacing("\n", with: "\r\n")
        #expect(filtered(windows, piecesOf: size) == windows.replacing(usage.replacing("\n", with: "\r\n"), with: ""))
    }

    @Test func anEventIsPassedOnAsSoonAsItIsComplete() {
        var filter = EventStreamFilter(hidesUsage: true)
        #expect(String(buffer: filter.passOn(ByteBuffer(string: "data: 1\n\ndata: "))) == "data: 1\n\n")
        #expect(String(buffer: filter.passOn(ByteBuffer(string: "2\n"))) == "")
        #expect(String(buffer: filter.passOn(ByteBuffer(string: "\n"))) == "data: 2\n\n")
    }

    @Test func whatIsCutOffIsPassedOnToo() {
        #expect(filtered("data: 1\n\ndata: {\"cho", piecesOf: 100) == "data: 1\n\ndata: {\"cho")
    }
}
