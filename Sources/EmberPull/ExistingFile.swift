/// The file that already has the name of a pull.
struct ExistingFile: Sendable {
    let path: String
    let size: Int
    let check: FileCheck

    /// Nil when there is no such file.
    init?(at path: String, check: FileCheck) async throws(PullError) {
        guard let size = try await check.files.run({ (disk) throws(PullError) in try disk.size(of: path) })
        else { return nil }
        (self.path, self.size, self.check) = (path, size, check)
    }

    /// Compares the file with what a source has: by hash when one is known, else by size and by what its header says.
    ///
    /// - Throws: `PullError.differentFileThere` when they differ, unless `replacing`; `CancellationError`.
    func result(expected: String?, total: Int?, replacing: Bool) async throws -> PulledModel? {
        let reason: String
        if let expected {
            let actual = try await check.sha256(of: path)
            if actual == expected { return model(sha256: actual) }
            reason = "its SHA-256 is \(actual), the source's \(expected)"
        } else if let total {
            if total != size {
                reason = "it has \(size) bytes, the source has \(total)"
            } else if let problem = await problem {
                reason = "as long as the source's, but \(problem)"
            } else {
                return model(sha256: nil)
            }
        } else {
            reason = "the source tells neither size nor hash to compare"
        }
        guard replacing else { throw PullError.differentFileThere(path: path, reason: reason) }
        return nil
    }

    /// What is wrong with it, by its own header.
    private var problem: PullError? {
        get async {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            do throws(PullError) { _ = try await check.format(of: path, named: name) } catch { return error }
            return nil
        }
    }

    private func model(sha256: String?) -> PulledModel {
        PulledModel(path: path, bytes: size, sha256: sha256, wasThere: true)
    }
}
