import ArgumentParser
import AsyncHTTPClient
import EmberConfig
import EmberDocument
import EmberServer
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Which running Ember a command talks to.
struct RunningEmberOptions: ParsableArguments {
    @Option(help: "Where it listens: HOST:PORT or unix:PATH. [EMBER_LISTEN]")
    var listen = ProcessInfo.processInfo.environment["EMBER_LISTEN"] ?? "127.0.0.1:11500"

    func connect() throws -> RunningEmber { try Self.connect(to: listen) }

    static func connect(to listen: String) throws -> RunningEmber {
        do throws(QuantityError) {
            return RunningEmber(try ListenAddress.parse(listen), key: ProcessInfo.processInfo.environment["EMBER_KEY"])
        } catch {
            throw CommandFailure("--listen \(listen) \(error.reason); write HOST:PORT or unix:PATH")
        }
    }
}

/// No process listens at the address of the running Ember.
struct NoEmberAnswers: Error, CustomStringConvertible, LocalizedError {
    let address: String
    /// Whether something took the connection, and did not answer as a server of HTTP does.
    let isOtherProgram: Bool

    init(address: String, _ error: any Error) {
        self.address = address
        let isTooSlow = error as? HTTPClientError == .connectTimeout
        isOtherProgram = !(isTooSlow || error is NIOConnectionError || error is IOError)
    }

    var description: String {
        "no Ember answers at \(address): start one, as with 'ember serve FILE.gguf', or name it with --listen"
    }
    var errorDescription: String? { description }
}

/// The server wants a key, or another one.
struct KeyWanted: Error, CustomStringConvertible, LocalizedError {
    let address: String
    /// Whether the server says that it is an Ember.
    let isEmber: Bool

    var description: String { "\(address) wants a key: set EMBER_KEY to one of its keys" }
    var errorDescription: String? { description }
}

/// Asks a running Ember.
struct RunningEmber {
    private let base: String
    private let key: String?

    private static let largestAnswer = 1 << 30
    private static let longestLine = 64 << 20
    private static let longestStream = TimeAmount.hours(24)
    /// A client that fails at once if no process listens.
    private static let client = UpstreamClient.makeHTTPClient()

    init(_ address: ListenAddress, key: String?) {
        base =
            switch address {
            case .tcp(let host, let port): "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
            case .unix(let path):
                "http+unix://" + (path.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? path)
            }
        self.key = key
    }

    func state() async throws -> StateView { try await ask(StateView.self, .GET, "/ember/v1/state") }

    func ask<Answer: Decodable>(
        _ type: Answer.Type, _ method: HTTPMethod, _ path: String, _ body: Data? = nil
    ) async throws -> Answer {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: await bytes(method, path, body))
    }

    /// The answer's bytes; what the server refuses is the command's failure, in the server's words.
    func bytes(
        _ method: HTTPMethod, _ path: String, _ body: Data? = nil, within limit: TimeAmount = .seconds(60)
    ) async throws -> Data {
        let response = try await open(method, path, body, as: "application/jsonl", within: limit)
        return Data(buffer: try await response.body.collect(upTo: Self.largestAnswer))
    }

    /// Takes the answer's lines as they come.
    ///
    /// - Throws: `CancellationError` once the task is cancelled, which closes the connection.
    func lines(
        _ method: HTTPMethod, _ path: String, _ body: Data? = nil, _ take: (String) throws -> Void
    ) async throws {
        let response = try await open(method, path, body, as: "application/json", within: Self.longestStream)
        var line: [UInt8] = []
        var pieces = response.body.makeAsyncIterator()
        while let piece = try await broken({ try await pieces.next() }) {
            for byte in piece.readableBytesView {
                guard byte == UInt8(ascii: "\n") else {
                    line.append(byte)
                    continue
                }
                try take(String(decoding: line, as: UTF8.self))
                line.removeAll(keepingCapacity: true)
            }
            guard line.count <= Self.longestLine else {
                throw CommandFailure("\(base) sends a line of more than \(Self.longestLine >> 20) MiB: is it an Ember?")
            }
        }
        if !line.isEmpty { try take(String(decoding: line, as: UTF8.self)) }
    }

    /// The head of an answer that is no error.
    private func open(
        _ method: HTTPMethod, _ path: String, _ body: Data?, as type: String, within limit: TimeAmount
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        if let key { request.headers.add(name: "authorization", value: "Bearer \(key)") }
        if let body {
            request.headers.add(name: "content-type", value: type)
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response: HTTPClientResponse
        do {
            response = try await Self.client.execute(request, timeout: limit)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw NoEmberAnswers(address: base, error)
        }
        guard response.status != .unauthorized else {
            throw KeyWanted(address: base, isEmber: response.headers.first(name: "server") == "ember")
        }
        guard (200..<300).contains(response.status.code) else {
            let bytes = Data(buffer: try await response.body.collect(upTo: Self.largestAnswer))
            let problem = try? JSONDecoder().decode(Problem.self, from: bytes)
            throw problem.map { failure($0.error) }
                ?? CommandFailure("\(base) answered with status \(response.status.code)")
        }
        return response
    }

    /// What goes wrong within an answer.
    private func broken<Value>(_ read: () async throws -> Value) async throws -> Value {
        do { return try await read() } catch {
            if Task.isCancelled { throw CancellationError() }
            throw CommandFailure("the connection to \(base) broke before the answer had ended: does Ember still run?")
        }
    }

    struct Problem: Decodable {
        struct Detail: Decodable {
            var message: String
            var code: String?
        }
        var error: Detail
    }

    /// An error of the server, in one line.
    func failure(_ problem: Problem.Detail) -> CommandFailure {
        let line = problem.message.split(whereSeparator: \.isNewline).joined(separator: " ")
        return CommandFailure(
            problem.code == "model_not_found" ? "\(line) 'ember ps --all' lists the models." : line)
    }

    /// - Throws: where there is no such model.
    func checkModel(_ name: String) async throws { _ = try await bytes(.GET, "/v1/models/\(Self.part(name))") }

    /// A name as a part of a path.
    static func part(_ name: String) -> String {
        name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? name
    }
}
