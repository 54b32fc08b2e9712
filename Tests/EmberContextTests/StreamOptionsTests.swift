import Testing

@testable import EmberContext

@Suite struct StreamOptionsTests {
    private func wish(_ options: String) throws -> (StreamOptions, String?) {
        let body = Array(#"{"model":"m","stream_options":\#(options),"n":1}"#.utf8)
        let read = try RequestShape(body, kind: .chat).streamOptions
        return (read, read.wishingUsage.map { String(decoding: BodyEdit.apply([$0], to: body), as: UTF8.self) })
    }

    /// As if they were not given; all else that stands in them stays.
    @Test(arguments: [
        ("null", #"{"include_usage":true}"#), ("{}", #"{"include_usage":true}"#),
        ("{ }", #"{ "include_usage":true}"#), (#"{"include_usage":null}"#, #"{"include_usage":true}"#),
        (#"{"include_obfuscation":false}"#, #"{"include_obfuscation":false,"include_usage":true}"#),
        (#"{"a":{"include_usage":true} }"#, #"{"a":{"include_usage":true} ,"include_usage":true}"#),
        (#"{"include_usage":true,"include\u005fusage":null}"#, #"{"include_usage":true,"include\u005fusage":true}"#),
    ])
    func openOnesAreCompleted(_ options: String, _ completed: String) throws {
        #expect(try wish(options).1 == #"{"model":"m","stream_options":\#(completed),"n":1}"#)
    }

    @Test(arguments: [#"{"include_usage":true}"#, #"{"include_usage":false}"#, #"{"include_usage":1}"#, "[]", "1"])
    func theClientsOwnWordStays(_ options: String) throws {
        let (read, completed) = try wish(options)
        #expect(read == .decided && completed == nil)
    }

    @Test func noneAreNone() throws {
        #expect(try RequestShape(Array(#"{"model":"m"}"#.utf8), kind: .chat).streamOptions == .none)
    }
}
