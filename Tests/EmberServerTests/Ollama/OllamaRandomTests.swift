import EmberCore
import Foundation
import NIOCore
import Testing

@testable import EmberServer

/// Whatever comes, what goes on is JSON.
@Suite struct OllamaRandomTests {
    private static let values = [
        "null", "true", "false", "0", "-1", "2.50", "1e400", "\"\"", "\"json\"", "\"low\"", "\"5m\"",
        "\"caf\\u00e9 \\\"\"",
        "[]", "{}", "[1]", "[\"iVBO\\/\"]", "[\"\\n\"]", #"{"type":"object"}"#, #"[{"role":"user"}]"#,
        #"[{"role":"user","content":"x","images":["R0lG"]}]"#,
        #"[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{"a":[1.0]}}}]},{"role":"tool"}]"#,
        #"[{"type":"function","function":{"name":"f"}}]"#, #"{"temperature":0.10,"stop":["\u0000"],"num_predict":3}"#,
    ]
    private static let requestKeys = [
        "messages", "prompt", "input", "system", "images", "tools", "format", "think", "options", "stream", "raw",
        "keep_alive", "logprobs", "top_logprobs", "dimensions", "suffix", "template", "context", "truncate",
    ]

    private static func object(_ keys: [String], _ begun: String, _ lots: inout SeededGenerator) -> String {
        let members = (0..<Int.random(in: 0...5, using: &lots)).map { _ in
            "\"\(keys.randomElement(using: &lots)!)\":\(values.randomElement(using: &lots)!)"
        }
        return "{" + ([begun] + members).filter { !$0.isEmpty }.joined(separator: ",") + "}"
    }

    private static func isJSON(_ bytes: some Sequence<UInt8>) -> Bool {
        let bytes = Array(bytes)
        return bytes.withUnsafeBufferPointer { (try? JSONMembers($0)) != nil }
    }

    @Test(arguments: 0..<4) func requests(_ seed: UInt64) {
        let deployment = Deployment(models: [edgeModel("m")], services: [ServiceSpec(name: "default")])
        var (lots, asked) = (SeededGenerator(seed: seed), 0)
        for _ in 0..<150 {
            let begun = #""model":"m","messages":[{"role":"user","content":"x"}],"prompt":"x","input":"x""#
            var body = Self.object(Self.requestKeys, begun, &lots)
            let form = OllamaForm.allCases.randomElement(using: &lots)!
            do {
                let order = try body.withUTF8 { try OllamaOrder($0, form, deployment) }
                guard case .ask(_, let text) = order.work else { continue }
                asked += 1
                #expect(Self.isJSON(text.readableBytesView), "\(body)")
            } catch {
                #expect(error is APIError, "\(body): \(error)")
            }
        }
        #expect(asked > 10)
    }

    @Test(arguments: 0..<4) func answers(_ seed: UInt64) {
        var lots = SeededGenerator(seed: 100 + seed)
        let inner = ["content", "reasoning_content", "tool_calls", "text", "embedding", "index", "prompt_n", "cache_n"]
        let times = OllamaTimes(total: .seconds(1), loadSeconds: nil)
        for _ in 0..<150 {
            let delta = Self.object(inner, "", &lots)
            let choice = Self.object(["finish_reason", "logprobs", "text"], "\"delta\":\(delta)", &lots)
            let begun = "\"choices\":[\(choice)],\"timings\":\(delta),\"data\":[\(delta)]"
            var answer = Self.object(["usage", "model", "choices", "error"], begun, &lots)
            for form in OllamaForm.allCases {
                let lines = OllamaLines(form: form, model: "m\"", time: .system)
                var stream = OllamaStream(lines)
                var written = stream.passOn(ByteBuffer(string: "data: \(answer)\n\n"))
                var last = stream.end(times)
                written.writeBuffer(&last)
                for line in written.readableBytesView.split(separator: UInt8(ascii: "\n")) {
                    #expect(Self.isJSON(line), "\(answer)")
                }
                let whole = answer.withUTF8 { try? OllamaWhole.answer($0, lines, dimensions: 1, times) }
                if let whole { #expect(Self.isJSON(whole), "\(answer)") }
            }
        }
    }
}
