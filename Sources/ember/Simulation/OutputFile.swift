import EmberSystem
import Foundation

/// Where lines are written to: a file, which appears only once all are written, or the standard output.
final class OutputFile {
    private let path: String?
    private let temporary: String
    private let file: any OpenFile
    private var buffer = Data()

    private static let files = SystemFiles()

    init(_ path: String?) throws {
        self.path = path
        temporary = (path ?? "") + ".part"
        guard let path else {
            file = SystemFile.standardOutput
            return
        }
        guard let file = try? Self.files.open(temporary, for: .replacing(isPrivate: false)) else {
            throw CommandFailure("--output \(path): cannot be written; check the folder and its permissions")
        }
        self.file = file
    }

    func write(_ line: String) throws {
        buffer.append(contentsOf: line.utf8)
        if buffer.count >= 1 << 16 { try flush() }
    }

    func close() throws {
        try flush()
        guard let path else { return }
        do throws(FileProblem) { try Self.files.rename(temporary, to: path) } catch {
            throw CommandFailure("--output \(path): cannot be written: \(error)")
        }
    }

    private func flush() throws {
        do throws(FileProblem) { try file.write(buffer) } catch {
            throw CommandFailure("\(path.map { "--output \($0)" } ?? "the output"): \(error)")
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
