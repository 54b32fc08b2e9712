import Foundation

/// The Mooncake traces: a line of JSON a request, its timestamp in milliseconds; `hash_ids`, the blocks of its prompt,
/// are not used.
///
/// Source: github.com/kvcache-ai/Mooncake, Qin et al., "Mooncake", FAST 2025.
enum MooncakeTrace: RequestFormat {
    static let header: String? = nil
    static let isCalendar = false
    static let namesServices = false

    private struct Line: Decodable {
        let timestamp: Double
        let input_length: Int
        let output_length: Int
    }

    static func request(_ line: String) throws(BadLine) -> TraceRequest {
        let read = try decode(line)
        guard (0...TraceRequest.latestSeconds).contains(read.timestamp / 1000) else {
            throw bad("timestamp", "is no number of milliseconds since the trace began", in: line)
        }
        for (key, tokens) in [("input_length", read.input_length), ("output_length", read.output_length)]
        where !TraceRequest.tokenRange.contains(tokens) {
            throw bad(key, "is no number of tokens from 0 to \(TraceRequest.tokenRange.upperBound)", in: line)
        }
        return TraceRequest(
            nanoseconds: TraceRequest.nanoseconds(read.timestamp / 1000),
            inputTokens: read.input_length, outputTokens: read.output_length)
    }

    private static func decode(_ line: String) throws(BadLine) -> Line {
        do {
            return try JSONDecoder().decode(Line.self, from: Data(line.utf8))
        } catch DecodingError.typeMismatch(_, let context) {
            throw bad(context.codingPath.last?.stringValue ?? "", "is of the wrong type; write a number", in: line)
        } catch DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty {
            throw bad(context.codingPath.last?.stringValue ?? "", "is no whole number of tokens", in: line)
        } catch DecodingError.valueNotFound(_, let context) {
            throw bad(context.codingPath.last?.stringValue ?? "", "has no value; write a number", in: line)
        } catch DecodingError.keyNotFound(let key, _) {
            let message = "has no \"\(key.stringValue)\"; write timestamp, input_length and output_length"
            throw BadLine(column: 1, message: message)
        } catch {
            let example = #"{"timestamp": 0, "input_length": 9, "output_length": 5}"#
            throw BadLine(column: 1, message: "is no JSON; write a line such as \(example)")
        }
    }

    private static func bad(_ key: String, _ message: String, in line: String) -> BadLine {
        let place = line.range(of: "\"\(key)\"")?.lowerBound ?? line.startIndex
        return BadLine(
            column: line.unicodeScalars.distance(from: line.startIndex, to: place) + 1, message: "\(key) \(message)")
    }
}
