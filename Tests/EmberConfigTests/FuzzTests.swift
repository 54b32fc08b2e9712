import EmberConfig
import Testing

/// Whatever the file holds, the reader gives a configuration or issues with a place and a message on one line.
@Suite struct FuzzTests {
    @Test(.timeLimit(.minutes(2)), arguments: [UInt64(1), 2, 3, 4])
    func mutatedFilesGiveAConfigurationOrIssues(_ seed: UInt64) {
        var generator = SplitMix(seed: seed)
        let sources = [everything, ConfigurationExample.text, ConfigurationExample.minimal].map {
            Array($0.unicodeScalars)
        }
        for round in 0..<400 {
            var scalars = sources[Int.random(in: 0..<sources.count, using: &generator)]
            for _ in 0..<Int.random(in: 1...6, using: &generator) { mutate(&scalars, &generator) }
            check(text(scalars), "seed \(seed), round \(round)")
        }
    }

    private func check(_ text: String, _ label: String) {
        let reader = TestReader(environment: ["EMBER_KEY": "a", "CLOUD_KEY": "b"])
        do throws(ConfigurationError) {
            let reading = try reader.read(text)
            #expect(!reading.configuration.models.isEmpty, "\(label)")
        } catch {
            #expect(!error.issues.isEmpty, "\(label)")
            for issue in error.issues {
                #expect(!issue.message.isEmpty && !issue.description.contains("\n"), "\(label): \(issue)")
                #expect((issue.place.line ?? 0) >= 1 && (issue.place.column ?? 0) >= 1, "\(label): \(issue)")
            }
        }
    }

    private func mutate(_ scalars: inout [Unicode.Scalar], _ generator: inout SplitMix) {
        guard !scalars.isEmpty else { return }
        let start = Int.random(in: 0..<scalars.count, using: &generator)
        let end = min(scalars.count, start + Int.random(in: 1...30, using: &generator))
        let to = Int.random(in: 0..<scalars.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: scalars.removeSubrange(start..<end)
        case 1: scalars.insert(contentsOf: scalars[start..<end], at: to)
        case 2: scalars[start] = Self.tokens.randomElement(using: &generator)?.unicodeScalars.first ?? "x"
        case 3: scalars.insert(contentsOf: (Self.tokens.randomElement(using: &generator) ?? "").unicodeScalars, at: to)
        default: scalars.swapAt(start, to)
        }
    }

    private func text(_ scalars: [Unicode.Scalar]) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private static let tokens = [
        "\n", " ", ":", "- ", "[", "]", "{", "}", "\"", "'", "&a ", "*a", "? ", "!x ", "|", ">", "#", "%", "\t", "\r",
        "\0", "\u{85}", "\u{2028}", "\u{FEFF}", "\u{E000}", "\u{F8FF}", "é", "🔥", "${env.", "}", "~", "null", "-1",
        "99999999999999999999", "1e999", "0x1p3", "---\n", "...\n", "<<: ", "\\u0000", "\"\\x00\"", "\"\\uD800\"",
    ]
}
