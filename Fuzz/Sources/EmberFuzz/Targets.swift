import Foundation

/// Does with an input what Ember does with such bytes, and ends the process where a promise is broken.
typealias FuzzTarget = @Sendable (UnsafeBufferPointer<UInt8>) -> Void

/// By the name that `make fuzz` calls them.
let fuzzTargets: [String: FuzzTarget] = [
    "target": fuzzRequestTarget, "headers": fuzzHeaders,
    "json": fuzzJSON, "body": fuzzBody, "answer": fuzzAnswer,
    "stream": fuzzStream, "usage": fuzzUsage, "messages": fuzzMessages,
    "configuration": fuzzConfiguration, "scenario": fuzzScenario,
    "gguf": fuzzModelFile, "split": fuzzSplitModel,
    "trace": fuzzTrace, "events": fuzzEventLog, "state": fuzzStateFiles, "demonstrations": fuzzDemonstrations,
]

/// A promise that was broken ends the process: libFuzzer keeps the input.
func promise(_ isKept: Bool, _ text: @autoclosure () -> String, line: UInt = #line) {
    guard isKept else { fatalError("broken promise (line \(line)): \(text())") }
}

/// Reads an input piece by piece: first what steers, then the rest.
struct InputReader {
    private var rest: Slice<UnsafeBufferPointer<UInt8>>

    init(_ input: UnsafeBufferPointer<UInt8>) { rest = input[...] }

    /// 0 at the end.
    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// All that is left.
    var bytes: [UInt8] { Array(rest) }

    var text: String { String(decoding: rest, as: UTF8.self) }
}

/// A folder in memory for files that a target reads; each process has its own.
enum InputFolder {
    static let path: String = {
        let base = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
        let path = "\(base)/ember-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: InputFolder.path) }
        return path
    }()

    /// Writes a file, and returns its path.
    static func write(_ bytes: some Collection<UInt8>, to name: String) -> String {
        let file = "\(path)/\(name)"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        promise(descriptor >= 0, "\(file) cannot be written")
        defer { close(descriptor) }
        let bytes = Array(bytes)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress! + written, bytes.count - written)
            }
            promise(count > 0, "\(file) cannot be written")
            written += count
        }
        return file
    }

    static func clear() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
            try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }
    }
}
