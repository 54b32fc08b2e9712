import EmberNetwork
import Foundation

/// Which proxies the environment names, and whether Ember understands them.
enum ProxyCheck {
    static func finding(_ variables: [String: String]) -> Finding {
        let environment = NetworkEnvironment(variables)
        do throws(NetworkProblem) {
            let ways = try ["https", "http"].map { (scheme) throws(NetworkProblem) in
                // Any server elsewhere; NO_PROXY may of course say something else of a real one.
                let way = try environment.way(to: URL(string: "\(scheme)://example.invalid/")!)
                try way.check()
                return way.proxyText.map { "\(scheme) goes through \($0)" }
            }
            let found = ways.compactMap(\.self)
            return Finding("proxies", found.isEmpty ? "none" : found.joined(separator: "; "))
        } catch {
            return Finding("proxies", .problem, error.description, fix: "correct the variable, or remove it")
        }
    }
}
