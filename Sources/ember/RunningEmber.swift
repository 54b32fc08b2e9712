import ArgumentParser
import AsyncHTTPClient
import EmberConfig
import EmberDocument
import EmberServer
import Foundation
import NIOCore
import NIOHTTP1

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

    var description: String {
        "no Ember answers at \(address): start one with 'ember serve', or name it with --listen"
    }
    var errorDescription: String? { description }
}

/// Asks a running Ember.
struct RunningEmber {
    private let base: String
    private let key: String?

    private static let largestAnswer = 1 << 30
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
    func bytes(_ method: HTTPMethod, _ path: String, _ body: Data? = nil) async throws -> Data {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        if let key { request.headers.add(name: "authorization", value: "Bearer \(key)") }
        if let body {
            request.headers.add(name: "content-type", value: "application/jsonl")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response: HTTPClientResponse
        do {
            response = try await Self.client.execute(request, timeout: .seconds(60))
        } catch {
            throw NoEmberAnswers(address: base)
        }
        guard response.status != .unauthorized else {
            throw CommandFailure("\(base) wants a key: set EMBER_KEY to one of its keys")
        }
        let bytes = Data(buffer: try await response.body.collect(upTo: Self.largestAnswer))
        guard (200..<300).contains(response.status.code) else {
            let problem = try? JSONDecoder().decode(Problem.self, from: bytes)
            throw CommandFailure(problem?.error.message ?? "\(base) answered with status \(response.status.code)")
        }
        return bytes
    }

    private struct Problem: Decodable {
        struct Detail: Decodable { var message: String }
        var error: Detail
    }

    /// A name as a part of a path.
    static func part(_ name: String) -> String {
        name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? name
    }
}
