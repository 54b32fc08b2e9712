import EmberModels
import EmberSystem

/// The pulls of all files of one model: of one, or of a split model's parts.
struct PullSet: Sendable {
    let jobs: [PullJob]

    /// Brings all files beside their places and checks them, alone and together; only then are they put into their
    /// places.
    ///
    /// They are put there one after the other, and Ember may be killed in between. Parts of two versions of a model may
    /// look like a whole one to who reads it. So where more than one file changes, what has the name of the first is
    /// taken away before the others change, and the first comes last: a model is opened by its first file.
    ///
    /// - Returns: the first file, with the bytes of all.
    func run() async throws -> PulledModel {
        var locks: [FileLock] = []
        defer { for lock in locks { lock.removeFile() } }
        do {
            // In the order of the parts, so that two pulls of one model wait for each other and not in a circle.
            for job in jobs { locks.append(try await job.lock()) }
            let model = try await pull()
            await cleanUp()
            return model
        } catch {
            await cleanUp()
            throw error
        }
    }

    /// Bytes that the next pull can build on.
    func keptBytes() async -> Int {
        var sum = 0
        for job in jobs { sum += await job.keptBytes() }
        return sum
    }

    private func cleanUp() async { for job in jobs { await job.cleanUp() } }

    private func pull() async throws -> PulledModel {
        var staged: [PullJob.Staged] = []
        for job in jobs { staged.append(try await job.stage()) }
        try await check(staged)
        try Task.checkCancellation()
        if staged.count(where: \.isNew) > 1 { staged[0] = try await jobs[0].withdraw(staged[0]) }
        var models: [PulledModel] = []
        for (job, file) in zip(jobs, staged).reversed() { models.append(try await job.publish(file)) }
        guard let first = models.last, models.count > 1 else { return models[0] }
        return PulledModel(
            path: first.path, bytes: models.reduce(0) { $0 + $1.bytes }, sha256: first.sha256,
            wasThere: models.allSatisfy(\.wasThere))
    }

    /// Checks that each file is the part that its name says, and that together they have all tensors.
    private func check(_ staged: [PullJob.Staged]) async throws {
        for (index, file) in staged.enumerated() {
            guard let problem = problem(of: file, number: index + 1) else { continue }
            try await jobs[index].discard(file)
            throw fault(file, problem)
        }
        let headers = staged.compactMap(\.header)
        guard jobs.count > 1, headers.count == jobs.count, let declared = headers[0].integer("split.tensors.count")
        else { return }
        let found = headers.reduce(0) { $0 + $1.tensors.count }
        guard found != declared else { return }
        for (job, file) in zip(jobs, staged) { try await job.discard(file) }
        throw fault(staged[0], "its parts have \(found) tensors together, and its header says \(declared)")
    }

    private func problem(of file: PullJob.Staged, number: Int) -> String? {
        guard let header = file.header else { return nil }
        let count = header.integer("split.count") ?? 1
        let its = (header.integer("split.no") ?? 0) + 1
        guard max(1, count) == jobs.count, jobs.count == 1 || its == number else {
            if count > 1, jobs.count == 1 {
                return "it is part \(its) of \(count) of a split model; name a source that ends in "
                    + GGUFSplit.suffix(part: 1, of: count) + ", so that all parts are pulled"
            }
            return "its header says that it is part \(its) of \(count), its name part \(number) of \(jobs.count)"
        }
        return nil
    }

    private func fault(_ file: PullJob.Staged, _ problem: String) -> PullError {
        switch file {
        case .wasThere(let model, _): .differentFileThere(path: model.path, reason: problem)
        case .ready: .brokenModel(name: file.name, problem: problem)
        }
    }
}

extension GGUFParser.Part {
    fileprivate func integer(_ key: String) -> Int? {
        guard case .integer(let value)? = metadata[key] else { return nil }
        return value
    }
}
