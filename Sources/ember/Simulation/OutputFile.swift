import Foundation

/// Where lines are written to: a file, which appears only once all are written, or the standard output.
final class OutputFile {
    private let path: String?
    private let temporary: String
    private let handle: FileHandle
    private var buffer = Data()

    init(_ path: String?) throws {
        self.path = path
        temporary = (path ?? "") + ".part"
        guard path != nil else {
            handle = .standardOutput
            return
        }
        guard FileManager.default.createFile(atPath: temporary, contents: nil),
            let handle = FileHandle(forWritingAtPath: temporary)
        else { throw CommandFailure("--output \(path ?? ""): cannot be written; check the folder and its permissions") }
        self.handle = handle
    }

    func write(_ line: String) throws {
        buffer.append(contentsOf: line.utf8)
        if buffer.count >= 1 << 16 { try flush() }
    }

    func close() throws {
        try flush()
        guard let path else { return }
        do {
            try handle.close()
            guard rename(temporary, path) == 0 else { throw CommandFailure(String(cString: strerror(errno))) }
        } catch {
            throw CommandFailure("--output \(path): cannot be written: \(error.localizedDescription)")
        }
    }

    private func flush() throws {
        do {
            try handle.write(contentsOf: buffer)
        } catch {
            throw CommandFailure("\(path.map { "--output \($0)" } ?? "the output"): \(error.localizedDescription)")
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
