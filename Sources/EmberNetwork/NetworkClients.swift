public import AsyncHTTPClient
public import Logging
public import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// HTTP clients, one for each way that servers are reached by: the seam for the sockets towards upstreams and towards
/// what models are pulled from.
///
/// Usually they are the machine's own sockets. A test may give the answers instead.
public final class NetworkClients: Sendable {
    /// Answers a request that would go that way.
    public typealias Answering = @Sendable (HTTPClientRequest, NetworkWay) async throws -> HTTPClientResponse

    private let configuration: HTTPClient.Configuration
    /// nil where the answers are given.
    private let direct: HTTPClient?
    private let others = Mutex<[NetworkWay: HTTPClient]>([:])
    private let given: Answering?

    public init(_ configuration: HTTPClient.Configuration) {
        self.configuration = configuration
        direct = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        given = nil
    }

    /// Without sockets: proxies and certificates are not used either.
    public init(answering: @escaping Answering) {
        (configuration, direct, given) = (HTTPClient.Configuration(), nil, answering)
    }

    /// Whether no socket is opened.
    public var areGiven: Bool { given != nil }

    /// Makes the client of a way, so that its file of certificates is read now and not by a request; blocks while it is
    /// read.
    ///
    /// - Throws: `NetworkProblem` where the file cannot be used.
    public func prepare(_ way: NetworkWay) throws(NetworkProblem) {
        if !areGiven { _ = try client(for: way) }
    }

    /// Sends a request.
    ///
    /// - Throws: `NetworkProblem` for failures of the proxy, which mean that the server has not received the request;
    ///   or the
    ///   client's own errors.
    public func execute(
        _ request: HTTPClientRequest, by way: NetworkWay, deadline: NIODeadline, logger: Logger? = nil
    ) async throws -> HTTPClientResponse {
        if let given { return try await given(request, way) }
        let client = try client(for: way)
        guard let proxy = way.proxy else {
            return try await client.execute(request, deadline: deadline, logger: logger)
        }
        var request = request
        let server = WholeURL.server(of: request.url)
        if proxy.forwards { WholeURL.readdress(&request, to: proxy.address) }
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, deadline: deadline, logger: logger)
        } catch {
            throw ProxyFailures.problem(error, of: proxy, server: server) ?? error
        }
        // Without a tunnel the proxy's own refusal looks like an answer.
        guard response.status != .proxyAuthenticationRequired else { throw ProxyFailures.wantsPassword(proxy) }
        return response
    }

    public func shutdown() async throws {
        let clients = others.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in clients { try? await client.shutdown() }
        try await direct?.shutdown()
    }

    private func client(for way: NetworkWay) throws(NetworkProblem) -> HTTPClient {
        if way == .direct, let direct { return direct }
        return try others.withLock { (clients) throws(NetworkProblem) in
            if let client = clients[way] { return client }
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: try configuration(for: way))
            clients[way] = client
            return client
        }
    }

    private func configuration(for way: NetworkWay) throws(NetworkProblem) -> HTTPClient.Configuration {
        var configuration = configuration
        if let certificates = way.certificates {
            var tls = configuration.tlsConfiguration ?? .makeClientConfiguration()
            tls.trustRoots = .certificates(try certificates.read())
            configuration.tlsConfiguration = tls
        }
        guard let proxy = way.proxy else { return configuration }
        let credentials = proxy.address.credentials
        if proxy.forwards {
            let authorization = credentials.map { "Basic \($0.revealed)" }
            let usual = configuration.http1_1ConnectionDebugInitializer
            configuration.http1_1ConnectionDebugInitializer = { channel in
                channel.eventLoop.makeCompletedFuture { try WholeURL.install(in: channel, authorization) }
                    .flatMap { usual?(channel) ?? channel.eventLoop.makeSucceededVoidFuture() }
            }
        } else if proxy.address.form == .socks {
            configuration.proxy = .socksServer(host: proxy.address.host, port: proxy.address.port)
        } else {
            configuration.proxy = .server(
                host: proxy.address.host, port: proxy.address.port,
                authorization: credentials.map { .basic(credentials: $0.revealed) })
        }
        return configuration
    }
}
