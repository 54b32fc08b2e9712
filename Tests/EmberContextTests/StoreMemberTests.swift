import EmberCore
import Testing

@testable import EmberContext

/// OpenAI's member `store`: whether a request and its answer may be kept.
@Suite struct StoreMemberTests {
    private func shape(_ members: String, _ kind: RequestKind) throws -> RequestShape {
        let prompt = kind == .completions ? #""prompt":"a""# : #""\#(kind.promptKey)":[{"role":"user","content":"a"}]"#
        return try RequestShape(Array("{\(prompt)\(members)}".utf8), kind: kind)
    }

    @Test(
        arguments: [RequestKind.chat, .completions, .responses, .messages],
        [
            ("", true), (#","store":true"#, true), (#","store":null"#, true), (#","store":false"#, false),
            (#","store":true,"store":false"#, false), (#","store":false,"store":true"#, true),
            (#","metadata":{"store":false}"#, true),
        ])
    func theLastOneCounts(_ kind: RequestKind, _ member: (text: String, mayBeStored: Bool)) throws {
        let shape = try shape(member.text, kind)
        #expect(shape.mayBeStored == member.mayBeStored && shape.problem == nil, "\(member.text)")
    }

    /// What cannot be understood is not kept, and is an error.
    @Test(arguments: ["0", "\"false\"", "{}"]) func anythingElseIsAnError(_ value: String) throws {
        let shape = try shape(#","store":\#(value)"#, .chat)
        #expect(!shape.mayBeStored && shape.problem?.param == "store")
    }
}
