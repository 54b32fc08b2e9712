import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Asks an engine whether it is ready.
struct HealthProbe: Sendable {
    enum Answer: Sendable, Equatable {
        case healthy
        case unhealthy(String)
        case notHTTP(String)
    }

    /// A client of the probes' own: in one shared with requests, a probe could wait for a connection behind eight long
    /// answers, and a busy engine would count as hung. A connection serves once, as an idle one occupies a thread of
    /// many a server. Never shut down, as it lives as long as the program.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        configuration.maximumUsesPerConnection = 1
        // Else a refused connection is tried again and again until the deadline, instead of failing at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    private static let maxBodyBytes = 1 << 16
    static let nothingListens = "nothing listens at its address"

    let url: String

    init(address: EngineAddress, path: String) {
        url = address.baseURL + path
    }

    /// Asks once. Any answer but 200 is unhealthy, and so is none within `timeoutSeconds`.
    func ask(timeoutSeconds: Double) async -> Answer {
        let timeout = TimeAmount.nanoseconds(Int64(timeoutSeconds * 1e9))
        var request = HTTPClientRequest(url: url)
        // AsyncHTTPClient names no host on a Unix socket, and strict servers then answer 400.
        request.headers.add(name: "host", value: "localhost")
        do {
            let response = try await Self.client.execute(request, timeout: timeout)
            // Read to its end, as some servers log a fault when the connection is closed before.
            _ = try? await response.body.collect(upTo: Self.maxBodyBytes)
            guard response.status == .ok else { return .unhealthy("HTTP \(response.status)") }
            return .healthy
        } catch {
            return Self.answer(for: error, timeoutSeconds: timeoutSeconds)
        }
    }

    private static func answer(for error: any Error, timeoutSeconds: Double) -> Answer {
        switch error {
        case let error as HTTPParserError:
            .notHTTP(String(describing: error))
        case let error as HTTPClientError where [.deadlineExceeded, .connectTimeout].contains(error):
            .unhealthy("none within \(Duration.seconds(timeoutSeconds))")
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            .unhealthy("the connection was closed without an answer")
        case let error as IOError where [ENOENT, ECONNREFUSED].contains(error.errnoCode):
            .unhealthy(nothingListens)
        default:
            .unhealthy(String(describing: error).split(separator: "\n").joined(separator: " "))
        }
    }
}
