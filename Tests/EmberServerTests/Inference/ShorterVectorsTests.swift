import EmberCore
import Foundation
import Hummingbird
import NIOCore
import Testing

@testable import EmberServer

@Suite struct ShorterVectorsTests {
    private func cut(_ text: String, to count: Int) throws -> String {
        let bytes = try Array(text.utf8).withUnsafeBufferPointer { try ShorterVectors.answer($0, to: count) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func packed(_ numbers: [Float]) -> String {
        var bytes = ByteBuffer()
        for number in numbers { bytes.writeInteger(number.bitPattern, endianness: .little) }
        return Data(bytes.readableBytesView).base64EncodedString()
    }

    @Test func theFirstNumbersAreAVectorOfLengthOne() throws {
        let answer = #"{"data": [{"index": 0, "embedding": [3, 4, 12]}, {"embedding":[0,2,7],"x":1}], "usage":{}}"#
        #expect(
            try cut(answer, to: 2)
                == #"{"data": [{"index": 0, "embedding": [0.6,0.8]}, {"embedding":[0.0,1.0],"x":1}], "usage":{}}"#)
        #expect(try cut(answer, to: 1).contains(#""embedding": [1.0]"#))
    }

    @Test(arguments: [3, 4, 1000]) func whatIsShortEnoughKeepsItsBytes(count: Int) throws {
        let answer = #"{"data":[{"embedding":[3.0e0, -4,12]}]}"#
        #expect(try cut(answer, to: count) == answer)
    }

    @Test func vectorsInBase64StayThat() throws {
        let answer = #"{"data":[{"embedding":"\#(packed([3, 4, 12]))","object":"embedding"}]}"#
        #expect(try cut(answer, to: 3) == answer)
        #expect(
            try cut(answer, to: 2) == #"{"data":[{"embedding":"\#(packed([0.6, 0.8]))","object":"embedding"}]}"#)
    }

    @Test func aVectorOfZerosStaysOne() throws {
        #expect(try cut(#"{"data":[{"embedding":[0,0,0]}]}"#, to: 2) == #"{"data":[{"embedding":[0.0,0.0]}]}"#)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"data":7}"#, #"{"data":[7]}"#, #"{"data":[{}]}"#, #"{"data":[{"embedding":7}]}"#,
        #"{"data":[{"embedding":["a","b","c"]}]}"#, #"{"data":[{"embedding":[[1],[2],[3]]}]}"#,
        #"{"data":[{"embedding":"!"}]}"#, #"{"data":[{"embedding":"AAA="}]}"#, #"{"data":[{"embedding":[1,2,3]}"#,
    ]) func anythingElseIsNoAnswer(text: String) {
        #expect(throws: (any Error).self) { try cut(text, to: 2) }
    }

    // MARK: Over HTTP

    private static let answer = #"{"data":[{"embedding":[3,4,12],"index":0}]}"#

    private func embed(
        _ vectors: ModelAbilities.Vectors?, _ members: String
    ) async throws -> (status: HTTPResponse.Status, text: String, sent: String?) {
        try await EngineServer.serve({ _ in .json(Self.answer) }) { engine in
            var model = edgeModel("m")
            model.abilities.vectors = vectors
            let station = try Station([model], engineURL: engine.url)
            return try await serve(station) { client in
                let response = try await client.post("/v1/embeddings", #"{"model":"m","input":"a"\#(members)}"#)
                #expect(response.header("content-length").flatMap(Int.init) == response.body.readableBytes)
                return (response.status, response.text, engine.received.first?.text)
            }
        }
    }

    @Test func aModelOfManyLengthsGivesTheOneThatIsAskedFor() async throws {
        let matryoshka = ModelAbilities.Vectors(length: 3, canBeCut: true)
        let shorter = try await embed(matryoshka, #","dimensions":2"#)
        #expect(shorter.status == .ok && shorter.text == #"{"data":[{"embedding":[0.6,0.8],"index":0}]}"#)
        // The engine gets the client's own bytes.
        #expect(shorter.sent == #"{"model":"m","input":"a","dimensions":2}"#)
        for members in ["", #","dimensions":3"#, #","dimensions":null"#] {
            #expect(try await embed(matryoshka, members).text == Self.answer)
        }
    }

    @Test func whatAModelCannotGiveIsRefusedBeforeItIsLoaded() async throws {
        for (canBeCut, wished) in [(false, 2), (false, 4), (true, 4)] {
            let refused = try await embed(.init(length: 3, canBeCut: canBeCut), #","dimensions":\#(wished)"#)
            #expect(refused.status == .badRequest && refused.sent == nil)
            #expect(refused.text.contains("vectors of 3 numbers, none of \(wished)"))
            #expect(refused.text.contains("matryoshka") == !canBeCut)
        }
    }

    @Test func anEngineThatIsNotKnownHasItsOwnWay() async throws {
        let answer = try await embed(nil, #","dimensions":2"#)
        #expect(answer.status == .ok && answer.text == Self.answer)
    }

    @Test(arguments: ["0", "-1", "1.5", "\"x\"", "true", "[]", "99999999999999999999"])
    func whatIsNoNumberOfNumbersIsRefused(value: String) async throws {
        let refused = try await embed(nil, #","dimensions":\#(value)"#)
        #expect(refused.status == .badRequest && refused.text.contains(#""param":"dimensions""#))
    }
}
