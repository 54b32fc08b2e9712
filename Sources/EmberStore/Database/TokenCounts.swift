import Foundation

/// Token counts by model as the column keeps them: a JSON object, or nothing where nothing was counted.
enum TokenCounts {
    static func text(_ counts: [String: Int]) -> String? {
        guard !counts.isEmpty else { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Names and numbers are always encodable.
        return (try? encoder.encode(counts)).map { String(decoding: $0, as: UTF8.self) }
    }

    static func counts(in text: String?) -> [String: Int] {
        guard let text else { return [:] }
        return (try? JSONDecoder().decode([String: Int].self, from: Data(text.utf8))) ?? [:]
    }
}
