import Foundation
import Testing

@testable import EmberServer

/// The log's line of a request says what /ember/v1/decisions/ID says.
@Suite struct RequestDecisionLineTests {
    @Test(arguments: [
        #"{"id": "4f", "service": "guide", "model": "small", "arrived": 12.5, "alternatives": [], "steps": [],"#
            + #" "admissions": []}"#,
        #"""
        {"id": "4f", "service": "guide", "model": "small", "arrived": 12, "alternatives": [
            {"model": "small", "place": "load", "waiting": 0.1, "switching": 7, "accuracy": 1e-9, "inference": 0.3333333333333333,
             "energy": 1e300, "transmission": 0.0055, "cloud": 0, "total": 12345678.9, "isChosen": true},
            {"model": "other", "place": "cloud", "waiting": 0, "switching": 0, "accuracy": 0, "inference": 0, "energy": 0,
             "transmission": 0, "cloud": -2, "total": 5, "isChosen": false}],
         "steps": [{"time": 12.000001, "what": "waits"}, {"time": 13, "what": "cloud", "why": "a \"quoted\" \u001f\\ \n reason é🔥"},
                   {"time": 14, "what": "answered", "tokens": 300}],
         "admissions": [
            {"time": 12, "outcome": "admitted", "newcomer": "small", "neededBytes": 3000000000, "freeBytes": 0, "claim": 0.1,
             "candidates": [{"model": "large", "standing": "evictable", "score": -0.5, "ageOfContext": 2, "bytes": 9},
                            {"model": "other", "standing": "pinned", "ageOfContext": 0.1, "bytes": 0}],
             "others": 7, "victims": ["large", "larger"]},
            {"time": 13, "outcome": "shed", "neededBytes": 1, "freeBytes": -5, "candidates": [], "others": 0, "victims": []}]}
        """#,
    ])
    func theLineIsWhatAnEncoderWrites(_ text: String) throws {
        let trail = try JSONDecoder().decode(RequestDecisionView.self, from: Data(text.utf8))
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        #expect(try object(trail.line) == object(String(decoding: encoder.encode(trail), as: UTF8.self)))
        #expect(!trail.line.contains("\n"))
    }

    private func object(_ text: String) throws -> NSDictionary {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary)
    }
}
