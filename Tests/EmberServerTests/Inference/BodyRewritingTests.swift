import EmberContext
import EmberCore
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import EmberServer

@Suite struct BodyRewritingTests {
    /// The call of a body to a deployment that knows `names`.
    private func call(_ body: String, names: [String], in buffer: ByteBuffer? = nil) async throws -> InferenceCall {
        let deployment = Deployment(
            models: names.map { edgeModel($0) } + [edgeModel("another")], services: [ServiceSpec(name: "default")])
        let request = Request(
            head: HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/v1/embeddings"),
            body: RequestBody(buffer: buffer ?? ByteBuffer(string: body)))
        return try await InferenceCall(
            request, .embeddings, identity: .anonymous, deployment: deployment, bodies: testBodies(),
            maxBodyBytes: 1 << 20)
    }

    @Test func sameNameLeavesEveryByte() async throws {
        let body = #" { "model" : "m\u0031", "x":1.0000 , "x":2}  "#
        let call = try await call(body, names: ["m1"])
        #expect(try sent(call.body(for: "m1")) == body)
    }

    @Test func anotherNameReplacesOnlyTheName() async throws {
        let call = try await call(#"{"a":1.50, "model" :"m", "messages":[{"model":"m"}]}"#, names: ["m"])
        #expect(
            try sent(call.body(for: "gpt \"4\"/x"))
                == #"{"a":1.50, "model" :"gpt \"4\"/x", "messages":[{"model":"m"}]}"#)
    }

    @Test func bodyWithoutModelStaysAsItIs() async throws {
        let deployment = Deployment(models: [edgeModel("only")], services: [ServiceSpec(name: "default")])
        let request = Request(
            head: HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/v1/embeddings"),
            body: RequestBody(buffer: ByteBuffer(string: #"{"input":"x"}"#)))
        let call = try await InferenceCall(
            request, .embeddings, identity: .anonymous, deployment: deployment, bodies: testBodies(),
            maxBodyBytes: 1 << 20)
        #expect(call.model == ModelID(0))
        #expect(try sent(call.body(for: "elsewhere")) == #"{"input":"x"}"#)
    }

    /// A body read off a connection seldom begins at its buffer's first byte.
    @Test func bodyInTheMiddleOfABufferIsRewritten() async throws {
        var buffer = ByteBuffer(string: #"####{"model":"m","n":1}"#)
        buffer.moveReaderIndex(forwardBy: 4)
        let call = try await call("", names: ["m"], in: buffer)
        #expect(try sent(call.body(for: "other")) == #"{"model":"other","n":1}"#)
    }

    @Test(arguments: 0..<10)
    func randomBodiesChangeOnlyInTheName(_ seed: UInt64) async throws {
        var documents = RandomJSON(seed: 1000 + seed)
        for _ in 0..<40 {
            let text = documents.object()
            let envelope = try RequestShape(Array(text.utf8), kind: .embeddings)
            guard let model = envelope.model, let range = envelope.modelRange, envelope.problem == nil else { continue }
            let call = try await call(text, names: [model])
            let name = "upstream/\"é😀\\-\(seed)"
            let renamed = Array(try sent(call.body(for: name)).utf8)
            let bytes = Array(text.utf8)
            #expect(Array(renamed.prefix(range.lowerBound)) == Array(bytes.prefix(range.lowerBound)), "\(text)")
            let tail = bytes.count - range.upperBound
            #expect(Array(renamed.suffix(tail)) == Array(bytes.suffix(tail)), "\(text)")
            var expected = try #require(try parsed(bytes))
            expected["model"] = name
            let actual = try #require(try parsed(renamed), "\(String(decoding: renamed, as: UTF8.self))")
            #expect(NSDictionary(dictionary: actual) == NSDictionary(dictionary: expected), "\(text)")
        }
    }

    private func parsed(_ bytes: [UInt8]) throws -> [String: Any]? {
        try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
    }
}
