public import EmberConfig
public import EmberNetwork
import Foundation

extension UpstreamConfiguration {
    /// How the upstream is reached: as its own settings say, or else the environment.
    ///
    /// - Throws: `NetworkProblem` for a proxy or a file of certificates that cannot be used.
    public func way(by environment: NetworkEnvironment) throws(NetworkProblem) -> NetworkWay {
        guard let url = URL(string: url) else { return .direct }
        let way = try environment.way(to: url, proxy: proxy, certificates: certificateFile, ofUpstream: name)
        try way.check()
        return way
    }
}
