import ArgumentParser
import EmberSim
import Foundation

struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace", abstract: "Look into traces of requests, or convert them to plain CSV.",
        discussion: """
            A trace is written as FORMAT:FILE, the format being azure, mooncake, servegen or csv; files may be gzipped.
            SERVICE= before it says who its requests are from. docs/traces.md says where traces come from.
            """,
        subcommands: [Convert.self, Inspect.self])

    struct Convert: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write traces as one CSV of time,service,model,input_tokens,output_tokens.",
            discussion: """
                For example: ember trace convert code=azure:code.csv.gz chat=mooncake:conversation.jsonl.gz > both.csv
                Several traces are merged in the order of time. Requests of ServeGen are drawn from its rates.
                """)

        @OptionGroup var trace: TraceArguments

        @Option(help: "The file to write to, instead of the standard output.", completion: .file())
        var output: String?

        @Option(help: "The seed of requests that are drawn from rates.")
        var seed: UInt64 = 1

        @Option(help: "Seconds of the trace to leave out at its beginning.")
        var from: Double = 0

        @Option(help: "Seconds of the trace to convert; by default all.")
        var seconds: Double?

        func run() throws {
            var converter = try TraceConverter(
                trace.files, maxBadLines: trace.maxBadLines, seed: seed,
                span: from..<(seconds.map { from + $0 } ?? .infinity))
            let file = try OutputFile(output)
            while let line = try converter.nextLine() { try file.write(line) }
            try file.close()
            for note in converter.notes { StandardError.write(note) }
        }

        func validate() throws {
            guard from >= 0, from.isFinite else { throw ValidationError("--from \(from): write seconds from 0") }
            guard seconds.map({ $0 > 0 && $0.isFinite }) ?? true else {
                throw ValidationError("--seconds \(seconds ?? 0): write a number above 0")
            }
        }
    }

    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a trace's requests, span, rate and tokens, service by service.",
            discussion: "For example: ember trace inspect azure:AzureLLMInferenceTrace_code.csv.gz")

        @OptionGroup var trace: TraceArguments

        func run() throws {
            let summary = try TraceSummary.read(trace.files, maxBadLines: trace.maxBadLines)
            print(Table(columns: summary.columns, rows: summary.rows).text, terminator: "")
            for note in summary.notes { StandardError.write(note) }
        }
    }
}

/// Traces as a user names them.
struct TraceArguments: ParsableArguments {
    @Argument(help: "Traces, each as FORMAT:FILE or SERVICE=FORMAT:FILE.", transform: file)
    var files: [TraceFile]

    @Option(help: "How many bad lines of a file may be skipped.")
    var maxBadLines = 0

    func validate() throws {
        guard maxBadLines >= 0 else { throw ValidationError("--max-bad-lines \(maxBadLines): write a number from 0") }
    }

    /// The file that an argument names.
    private static func file(_ argument: String) throws -> TraceFile {
        let (head, path) = halves(argument, at: ":")
        let (service, format) = head.map { halves($0, at: "=") } ?? (nil, "")
        guard let format = TraceFormat(rawValue: format) else {
            let formats = TraceFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\(argument): write FORMAT:FILE, the format being one of \(formats)")
        }
        return TraceFile(format: format, path: path, service: service ?? format.rawValue)
    }

    /// What is before the first separator, nil where there is none, and what is after it.
    private static func halves(_ text: String, at separator: Character) -> (String?, String) {
        guard let index = text.firstIndex(of: separator) else { return (nil, text) }
        return (String(text[..<index]), String(text[text.index(after: index)...]))
    }
}
