import Foundation

/// What a base URL stands for.
public enum WireAddress: Equatable {
    case unixSocket(path: String)
    case host(String, port: Int)

    init(baseURL: String) throws(WireError) {
        guard let parts = URLComponents(string: baseURL), let host = parts.host, !host.isEmpty else {
            throw .badURL(baseURL)
        }
        switch parts.scheme {
        case "http+unix": self = .unixSocket(path: host)
        case "http": self = .host(host, port: parts.port ?? 80)
        default: throw .badURL(baseURL)
        }
    }
}
