import EmberConfig
import EmberEngine
import EmberNetwork

/// The configured upstreams as targets of requests.
///
/// The way to each is found out once: proxies and certificates may come from environment variables, of which the file
/// knows nothing.
struct UpstreamBuilder: Sendable {
    private let upstreams: [UpstreamConfiguration]
    /// In the order of the upstreams.
    private let ways: [Result<NetworkWay, NetworkProblem>]

    /// Reads the certificates that upstreams name; blocks meanwhile.
    init(_ upstreams: [UpstreamConfiguration], environment: [String: String]) {
        self.upstreams = upstreams
        let environment = NetworkEnvironment(environment)
        ways = upstreams.map { upstream in
            Result { () throws(NetworkProblem) in try upstream.way(by: environment) }
        }
    }

    /// Checks every upstream, also those that no model uses.
    ///
    /// - Throws: for the first one that cannot be reached as its settings say.
    func check() throws(DeploymentError) {
        for index in upstreams.indices { _ = try way(toUpstream: index) }
    }

    /// Where the model's requests may be sent, in the order of the configuration.
    func targets(of model: ModelConfiguration) throws(DeploymentError) -> [CloudTarget] {
        var offload = model.offload
        if case .remote(let remote) = model.engine {
            offload.cloud = CloudOffload(upstream: remote.upstream, model: remote.model)
        }
        var targets: [CloudTarget] = []
        for offload in offload.targets { targets.append(try target(of: offload)) }
        return targets
    }

    private func target(of offload: CloudOffload) throws(DeploymentError) -> CloudTarget {
        guard let index = upstreams.firstIndex(where: { $0.name == offload.upstream }) else {
            throw DeploymentError("upstream \"\(offload.upstream)\" is not configured")
        }
        let upstream = upstreams[index]
        let engine = RemoteEngine(
            name: upstream.name, baseURL: upstream.url, key: upstream.key, timeoutSeconds: upstream.timeoutSeconds,
            way: try way(toUpstream: index))
        return CloudTarget(
            upstream: engine, model: offload.model, prices: TokenPrices(upstream.prices),
            hedgeSeconds: upstream.hedgeSeconds)
    }

    private func way(toUpstream index: Int) throws(DeploymentError) -> NetworkWay {
        do throws(NetworkProblem) { return try ways[index].get() } catch {
            throw DeploymentError("upstreams.\(upstreams[index].name): \(error)")
        }
    }
}

extension TokenPrices {
    /// Nil where the configuration has none.
    fileprivate init?(_ prices: PriceConfiguration) {
        guard prices.input != nil || prices.output != nil else { return nil }
        self.init(
            input: prices.input ?? 0, output: prices.output ?? 0, maxTokens: prices.maxTokens,
            maxInputTokens: prices.maxInputTokens)
    }
}
