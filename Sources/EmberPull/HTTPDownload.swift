import AsyncHTTPClient
import NIOCore

/// Downloads one file into its partial file, in as many attempts as it takes.
struct HTTPDownload: Sendable {
    enum Outcome: Sendable {
        /// The complete file was there before.
        case wasThere(PulledModel)
        /// The partial file is complete; the hash is the endpoint's, if it gave one.
        case downloaded(announcedSHA256: String?)
    }

    private static let writeBytes = 1_048_576

    let exchange: PullExchange
    let part: PartFile
    let settings: PullSettings
    let check: FileCheck
    /// The hash that the file must have.
    let expected: String?
    /// Finds the file that makes the download needless, by the announced hash and the total size.
    let existing: @Sendable (_ announced: String?, _ total: Int?) async throws -> PulledModel?

    private var files: FileQueue { check.files }
    private var meter: ProgressMeter { check.meter }
    private var url: String { exchange.route.start.absoluteString }

    /// - Throws: `PullError`, or anything once the task is cancelled.
    func run() async throws -> Outcome {
        var budget = RetryBudget(settings: settings)
        while true {
            let failure: TransientFailure
            do {
                meter.enter(.connecting)
                return try await attempt()
            } catch let error as PullError {
                throw error
            } catch {
                try Task.checkCancellation()
                failure = try TransientFailure(from: error, at: exchange.route.start)
            }
            let kept = try await keptBytes()
            guard let wait = budget.wait(after: failure, kept: kept) else {
                throw PullError.gaveUp(
                    url: PullURL.display(exchange.route.start), attempts: budget.failures, reason: failure.reason,
                    kept: kept)
            }
            meter.enter(
                .retrying(
                    attempt: budget.failures + 1, of: settings.attempts, seconds: wait / .seconds(1),
                    reason: failure.reason))
            try await settings.surroundings.time.sleep(for: wait)
        }
    }

    private func attempt() async throws -> Outcome {
        let url = url
        let point = try await files.run { (disk) throws(PullError) in try part.resumePoint(for: url, on: disk) }
        let answer = try await exchange.get(resumingAt: point)
        let announced = answer.announcedSHA256
        switch try answer.start(resumingAt: point, route: exchange.route) {
        case .complete: break
        case .over:
            try await startOver("the server has another file than before, so the download starts over")
        case .bytes(let range):
            if let model = try await existing(announced, range.total) { return .wasThere(model) }
            try checkSpace(for: range)
            // A part may come without what tells versions apart; then it is of the version that was asked for.
            let validator = answer.validator ?? (range.start > 0 ? point?.validator : nil)
            try await copy(answer, range, PartMetadata(url: url, validator: validator, total: range.total))
            if range.total == nil, !answer.tellsItsEnd { try await checkEnd(hash: expected ?? announced) }
        }
        return .downloaded(announcedSHA256: announced)
    }

    /// Gives up what has arrived.
    private func startOver(_ reason: String) async throws -> Never {
        try await files.run { (disk) throws(PullError) in try part.discard(on: disk) }
        throw TransientFailure(reason: reason)
    }

    /// A body that was sent without its length and without a mark at its end may have been cut: then the file itself
    /// must say where it ends.
    private func checkEnd(hash: String?) async throws {
        switch try await check.extent(of: part.paths.part, named: part.paths.name) {
        case .whole: return
        case .short(let problem):
            throw TransientFailure(reason: "the connection ended before the end of the model: \(problem)")
        case .long(let problem): try await startOver(problem)
        case .unknown:
            guard hash == nil else { return }
            throw PullError.badAnswer(
                url: PullURL.display(exchange.route.start),
                why: "is sent without a length, so a download that was cut looks like a whole one; give its --sha256")
        }
    }

    private func copy(_ answer: PullAnswer, _ range: PullRange, _ metadata: PartMetadata) async throws {
        let writer = try await files.run { (disk) throws(PullError) in
            try part.begin(at: range.start, metadata: metadata, on: disk)
        }
        meter.enter(.downloading, bytesDone: range.start, total: range.total)
        var received = range.start
        var pending = ByteBuffer()
        var failure: (any Error)?
        do {
            for try await var chunk in answer.body {
                received += chunk.readableBytes
                guard received <= range.end ?? .max else { break }
                pending.writeBuffer(&chunk)
                if pending.readableBytes >= Self.writeBytes { try await flush(&pending, to: writer, range) }
                meter.advance(to: received)
            }
        } catch let error as PullError {
            throw error
        } catch {
            failure = error
        }
        // What has arrived is kept, even when the connection broke or the task was cancelled.
        try await flush(&pending, to: writer, range)
        if let failure { throw failure }
        if let end = range.end, received > end { try await startOver("the server sends more than it has announced") }
        guard range.end == nil || range.end == received, range.total == nil || range.total == received else {
            throw TransientFailure(reason: "the connection ended too early")
        }
    }

    private func flush(_ pending: inout ByteBuffer, to writer: PartWriter, _ range: PullRange) async throws(PullError) {
        let buffer = pending
        pending.clear()
        do {
            try await files.run { _ throws(PullError) in
                try buffer.withUnsafeReadableBytes { (bytes) throws(PullError) in try writer.append(bytes) }
            }
        } catch {
            // The space was there before, but others write too.
            try checkSpace(for: PullRange(start: try await keptBytes(), end: range.end, total: range.total))
            throw error
        }
    }

    private func checkSpace(for range: PullRange) throws(PullError) {
        guard let total = range.total, let free = settings.freeBytes(part.paths.directory) else { return }
        // Bytes of the partial file after the start are written over.
        let needed = total - range.start
        guard free < needed else { return }
        throw .noSpace(needed: needed, free: free, directory: part.paths.directory)
    }

    private func keptBytes() async throws(PullError) -> Int {
        try await files.run { (disk) throws(PullError) in try part.size(on: disk) }
    }
}
