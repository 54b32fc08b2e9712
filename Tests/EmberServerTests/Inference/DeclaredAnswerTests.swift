import EmberCore
import NIOCore
import NIOHTTP1
import Testing

@testable import EmberServer

/// What tells an answer from what only has a good status.
@Suite struct DeclaredAnswerTests {
    private func outline(_ text: String, isAll: Bool = true, most: Int = .max) -> AnswerOutline {
        Array(text.utf8).withUnsafeBytes {
            AnswerOutline($0, looksFor: ["choices"], isAll: isAll, most: most)
        }
    }

    @Test func onlyAMemberOfTheOutermostObjectIsTheDeclaredOne() {
        let list = UInt8(ascii: "[")
        #expect(outline(#"{"choices":[1]}"#).declared == list)
        #expect(outline(#" { "a" : NaN , "choices" : [ ] } "#).declared == list)
        #expect(outline(#"{"choices":null}"#).declared == UInt8(ascii: "n"))
        let others = [
            #"{"a":{"choices":[]}}"#, #"[{"choices":[]}]"#, #"{"a":"\"choices\":["}"#, #"{"a":"choices"}"#,
            #"{"a":["choices",[]]}"#,
            #""choices""#, "{}", "",
        ]
        for text in others { #expect(outline(text).declared == nil, "\(text)") }
        #expect(outline(" \n").first == nil && outline("\u{FEFF}{}").first == UInt8(ascii: "{"))
    }

    @Test func anErrorCountsWhereItSaysSomething() {
        for error in ["null", "false", "\"\"", "{}", "[]", "0", " null "] {
            #expect(!outline("{\"error\":\(error),\"choices\":[]}").tellsError, "\(error)")
            #expect(!outline("{\"choices\":[],\"error\":\(error)}").tellsError, "\(error)")
        }
        for error in ["\"no\"", "{\"message\":\"no\"}", "[1]", "true"] {
            #expect(outline("{\"choices\":[],\"error\":\(error)}").tellsError, "\(error)")
        }
        #expect(!outline(#"{"choices":[{"error":"no"}]}"#).tellsError)
    }

    /// However it is cut: only the last length is whole.
    @Test func noBeginningIsWhole() {
        let text = #"{"a":"}]\"\\","choices":[{"b":[]},"]"],"c":{"d":-1.5e3}}"#
        for length in 1..<text.utf8.count {
            #expect(outline(String(text.prefix(length))).end == .cut, "\(length)")
            #expect(outline(String(text.prefix(length)), isAll: false).end == .whole)
        }
        #expect(outline(text).end == .whole && outline(text + " \n").end == .whole)
        #expect(outline(text + "x").end == .more && outline(text + text).end == .more)
        // Of what is not read, the last byte tells.
        #expect(outline(text, most: 20).end == .whole && outline(String(text.dropLast()) + "x", most: 20).end == .cut)
    }

    private func answer(_ kind: RequestKind, _ text: String, stream: Bool = false) throws -> EngineAnswer {
        let head = AnswerHead(status: .ok, headers: ["content-type": "application/json"])
        let declared = DeclaredAnswer(kind, wantsEvents: stream)
        return try declared.check(EngineAnswer(head, .whole(ByteBuffer(string: text))), try declared.check(head))
    }

    /// It is reported as what it is, not as an answer that was cut.
    @Test(arguments: ["", " \n", "\u{FEFF}"]) func nothingIsNoAnswer(_ text: String) {
        for kind in RequestKind.allCases {
            #expect(throws: OddAnswer.self) { try answer(kind, text) }
        }
    }

    @Test(arguments: RequestKind.allCases)
    func everyPathDeclaresWhatItsClientsLookFor(_ kind: RequestKind) throws {
        let good: [RequestKind: [String]] = [
            .chat: [#"{"choices":[]}"#], .completions: [#"{"choices":[{}]}"#],
            .responses: [#"{"output":[],"error":{"message":"no"}}"#],
            .messages: [#"{"content":[]}"#], .countTokens: [#"{"input_tokens":7}"#], .embeddings: [#"{"data":[]}"#],
            .rerank: [#"{"results":[]}"#, #"{"data":[]}"#, "[{}]"],
        ]
        for (other, texts) in good {
            for text in texts {
                let shares = (other == .chat || other == .completions) && (kind == .chat || kind == .completions)
                let isRerankToo =
                    kind == .rerank && other == .embeddings || kind == .embeddings && text.contains("data")
                if other == kind || shares || isRerankToo {
                    #expect(try answer(kind, text).status == .ok, "\(kind) \(text)")
                } else {
                    #expect(throws: OddAnswer.self, "\(kind) \(text)") { try answer(kind, text) }
                }
            }
        }
        for text in ["", "null", "7", "[]x", "{}", #"{"choices":{},"data":"x","content":1,"output":null}"#, "<p>"] {
            #expect(throws: OddAnswer.self, "\(kind) \(text)") { try answer(kind, text) }
        }
    }

    @Test func anErrorIsTheRequestsWhereItSaysSo() throws {
        let blamed = try answer(.chat, #"{"error":{"message":"too long","type":"invalid_request_error","code":400}}"#)
        #expect(blamed.status == .badRequest && blamed.fault == nil)
        #expect(try answer(.chat, #"{"error":{"message":"no such model","code":404}}"#).status == .notFound)
        #expect(throws: OddAnswer.self) { try answer(.chat, #"{"error":{"message":"no machines"}}"#) }
        for (code, failure) in [(429, Breaker.Failure.busy(retryAfterSeconds: nil)), (402, .refused), (500, .broken)] {
            do {
                _ = try answer(.chat, #"{"error":{"message":"no","code":\#(code)}}"#)
                Issue.record("\(code) is no answer")
            } catch let odd as OddAnswer { #expect(odd.failure == failure) }
        }
    }

    @Test func aWholeAnswerToAStreamTellsNothingOfTheUpstream() throws {
        do {
            _ = try answer(.chat, #"{"choices":[]}"#, stream: true)
            Issue.record("it is no stream")
        } catch let odd as OddAnswer { #expect(odd.failure == nil && odd.isBilled && !odd.isWorthAnotherTry) }
    }

    @Test func headsAreJudgedBeforeTheirBodies() throws {
        let json = DeclaredAnswer(.chat, wantsEvents: false)
        func odd(_ status: Int, _ headers: HTTPHeaders, _ declared: DeclaredAnswer) -> String? {
            do throws(OddAnswer) {
                _ = try declared.check(AnswerHead(status: HTTPResponseStatus(statusCode: status), headers: headers))
                return nil
            } catch { return error.description }
        }
        for status in [101, 204, 205, 206, 304] { #expect(odd(status, [:], json) != nil, "\(status)") }
        for status in [200, 201, 203, 400, 404, 500] { #expect(odd(status, [:], json) == nil, "\(status)") }
        #expect(odd(200, ["content-type": "Text/Event-Stream"], json)?.contains("stream") == true)
        #expect(odd(200, ["content-encoding": "GZIP"], json)?.contains("GZIP") == true)
        #expect(odd(200, ["content-encoding": "Identity"], json) == nil)
    }

    /// What a body is called makes no page of JSON, and no JSON of a page.
    @Test func bytesPassWhereTheyWereAskedFor() throws {
        func passes(_ type: String, _ text: String, _ kind: RequestKind, stream: Bool = false) -> Bool {
            let head = AnswerHead(status: .ok, headers: ["content-type": type])
            let declared = DeclaredAnswer(kind, wantsEvents: stream, headers: ["accept": "audio/wav, */*"])
            return (try? declared.check(EngineAnswer(head, .whole(ByteBuffer(string: text))), head)) != nil
        }
        #expect(passes("audio/wav", "RIFF", .chat) && !passes("audio/wav", "", .chat))
        #expect(!passes("audio/wav", "RIFF", .chat, stream: true) && !passes("audio/mpeg", "ID3", .chat))
        #expect(passes("application/octet-stream", "\0\0", .embeddings))
        #expect(!passes("application/octet-stream", "\0\0", .chat))
        for type in ["text/html", "application/octet-stream", "text/plain", "application/problem+json"] {
            #expect(passes(type, #"{"choices":[]}"#, .chat) && !passes(type, "<p>", .chat), "\(type)")
        }
    }

    @Test(arguments: [1, 2, 3, 1000])
    func anEventIsDataBeforeABlankLine(piecesOf size: Int) {
        func end(_ text: String) -> Int? {
            var event = FirstEvent()
            let bytes = Array(text.utf8)
            for end in stride(from: size, to: bytes.count + size, by: size) {
                let end = min(end, bytes.count)
                if event.isComplete(in: ByteBuffer(bytes: bytes[..<end])) { return end }
            }
            return nil
        }
        for line in ["\n", "\r", "\r\n"] {
            let before = [": hello", "", "id: 7", "retry: 3", "", "event: x", "", "data:", "", "data: [DONE]", "", ""]
            #expect(end(before.joined(separator: line)) == nil)
            let whole = (before + ["event: x", "data: {}", "", ""]).joined(separator: line)
            #expect(end(whole) != nil, "\(line.debugDescription)")
            #expect(end(String(whole.dropLast())) == nil, "its blank line is its end")
        }
        var event = FirstEvent()
        let unended = ByteBuffer(string: ": x\n\ndata: {}")
        let isComplete = event.isComplete(in: unended)
        #expect(!isComplete && event.hasBegun(in: unended))
        #expect(!FirstEvent().hasBegun(in: ByteBuffer(string: "<html>")))
    }
}
