import CoreMetrics
import EmberCore
import EmberMetrics
import HTTPTypes

/// Counts the answers that clients are sent, by path and status. All series are made beforehand, so that connections
/// share no lock.
final class ResponseMeters: Sendable {
    private static let others = ["/v1/models", "/ember", "/api", "/health", "/metrics", "other"]
    private static let codes = [
        200, 202, 204, 400, 401, 403, 404, 405, 408, 409, 413, 415, 417, 421, 429, 500, 501, 502, 503, 504,
    ]

    /// By route; of each by code, and one for all other codes.
    private let counters: [[Counter]]

    init(_ registry: MetricRegistry) {
        let routes = RequestKind.allCases.map(\.path) + Self.others
        let codes = Self.codes.map { String($0) } + ["other"]
        counters = routes.map { route in codes.map { registry.counter(RequestFamilies.responses, route, $0) } }
    }

    /// - Parameter kind: of a path of inference; nil: it is another one.
    func count(_ kind: RequestKind?, _ path: String, _ status: HTTPResponse.Status) {
        let route = kind.flatMap(RequestKind.allCases.firstIndex) ?? RequestKind.allCases.count + Self.place(of: path)
        let code = Self.codes.firstIndex(of: status.code) ?? Self.codes.count
        counters[route][code].increment()
    }

    private static func place(of path: String) -> Int {
        others.firstIndex { path == $0 || (path.hasPrefix($0) && path.dropFirst($0.count).first == "/") }
            ?? others.count - 1
    }
}
