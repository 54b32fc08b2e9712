import Foundation

/// Collects the text of an answer, whole or streamed, for the demonstration that it may become.
public struct AnswerText: Sendable {
    private let format: PromptFormat
    private let isStream: Bool
    private var bytes: [UInt8] = []
    private var isTooLong = false

    /// Longer answers teach nothing.
    private static let largest = 1 << 20

    /// Of what has been collected; its text is worked out in time linear in them.
    public var byteCount: Int { bytes.count }

    public init(_ format: PromptFormat, isStream: Bool) {
        self.format = format
        self.isStream = isStream
    }

    public mutating func read(_ piece: some Collection<UInt8>) {
        guard !isTooLong, bytes.count + piece.count <= Self.largest else {
            isTooLong = true
            bytes = []
            return
        }
        bytes.append(contentsOf: piece)
    }

    /// The text; nil where the answer is none, is cut short by its limit of tokens, or holds more than one text, such
    /// as calls of tools.
    public func text() -> String? {
        guard !isTooLong else { return nil }
        if !isStream { return (try? JSONDecoder().decode(Piece.self, from: Data(bytes)))?.whole(format) }
        var text = ""
        var isComplete = false
        for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: "data:".utf8) {
            guard let piece = try? JSONDecoder().decode(Piece.self, from: Data(line.dropFirst(5))) else { continue }
            guard !piece.hasCalls else { return nil }
            text += piece.streamed(format)
            isComplete = isComplete || piece.isEnd
        }
        return isComplete && !text.isEmpty ? text : nil
    }

    /// What any of the formats may hold, of a whole answer or of one event.
    private struct Piece: Decodable {
        var choices: [Choice]?
        var content: [Block]?
        var output: [Item]?
        var delta: Delta?
        var type: String?
        var stop_reason: String?
        var status: String?

        struct Choice: Decodable {
            var text: String?
            var message: Message?
            var delta: Message?
            var finish_reason: String?
        }
        struct Message: Decodable {
            var content: String?
            var tool_calls: [Call]?
        }
        struct Call: Decodable {}
        struct Block: Decodable {
            var type: String?
            var text: String?
        }
        struct Item: Decodable {
            var type: String?
            var content: [Block]?
        }
        /// Of Anthropic's events an object, of the responses' a text.
        struct Delta: Decodable {
            var text: String?
            var stopReason: String?

            init(from decoder: any Decoder) throws {
                if let text = try? decoder.singleValueContainer().decode(String.self) {
                    self.text = text
                    return
                }
                let container = try decoder.container(keyedBy: CodingKeys.self)
                text = try container.decodeIfPresent(String.self, forKey: .text)
                stopReason = try container.decodeIfPresent(String.self, forKey: .stop_reason)
            }

            enum CodingKeys: String, CodingKey { case text, stop_reason }
        }

        var hasCalls: Bool {
            choices?.contains { $0.message?.tool_calls?.isEmpty == false || $0.delta?.tool_calls?.isEmpty == false }
                == true || type == "content_block_start" && stop_reason == "tool_use"
        }

        func whole(_ format: PromptFormat) -> String? {
            switch format {
            case .chat, .completion:
                guard let choices, choices.count == 1, choices[0].finish_reason == "stop", !hasCalls else { return nil }
                return format == .chat ? choices[0].message?.content : choices[0].text
            case .messages:
                guard let content, stop_reason == "end_turn", content.allSatisfy({ $0.type == "text" }) else {
                    return nil
                }
                return content.compactMap(\.text).joined()
            case .responses:
                guard let output, status == nil || status == "completed",
                    output.allSatisfy({ $0.type != "function_call" })
                else { return nil }
                return output.filter { $0.type == "message" }.flatMap { $0.content ?? [] }.compactMap(\.text).joined()
            }
        }

        func streamed(_ format: PromptFormat) -> String {
            switch format {
            case .chat: choices?.first?.delta?.content ?? ""
            case .completion: choices?.first?.text ?? ""
            case .messages: type == "content_block_delta" ? delta?.text ?? "" : ""
            case .responses: type == "response.output_text.delta" ? delta?.text ?? "" : ""
            }
        }

        var isEnd: Bool {
            choices?.first?.finish_reason == "stop" || delta?.stopReason == "end_turn" || type == "response.completed"
        }
    }
}
