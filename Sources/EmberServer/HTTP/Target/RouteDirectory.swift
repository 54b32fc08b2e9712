import Hummingbird
import Synchronization

/// The routes there are, for errors that name the one that was meant.
final class RouteDirectory: Sendable {
    struct Route: Sendable, Equatable {
        let method: String
        /// Without wildcards.
        let path: String
    }

    private struct Known {
        /// Those without parameters.
        var fixed: [Route] = []
        /// Those with parameters, by the path up to the first.
        var open: [Route] = []
    }

    private let known = Mutex(Known())

    /// Takes in all routes.
    func fill(_ described: [Router<EmberRequestContext>.RouteDescription]) {
        let all = described.map { Route(method: "\($0.method)", path: $0.path.description) }
        let isOpen = { (route: Route) in route.path.contains("{") || route.path.contains("*") }
        let open = all.filter(isOpen).map { route in
            Route(method: route.method, path: String(route.path.prefix { $0 != "{" && $0 != "*" }))
        }
        known.withLock { $0 = Known(fixed: all.filter { !isOpen($0) }, open: open) }
    }

    /// The methods of a path, as the header field Allow lists them; nil where nothing is there.
    ///
    /// - Parameter path: canonical.
    func methods(at path: String) -> String? {
        let known = known.withLock { $0 }
        let fixed = known.fixed.filter { $0.path == path }
        let found = fixed.isEmpty ? known.open.filter { Self.leads($0.path, to: path) } : fixed
        guard !found.isEmpty else { return nil }
        var methods = Set(found.map(\.method))
        if methods.contains("GET") { methods.insert("HEAD") }
        return methods.union(["OPTIONS"]).sorted().joined(separator: ", ")
    }

    private static func leads(_ beginning: String, to path: String) -> Bool {
        path.hasPrefix(beginning) && path.count > beginning.count
    }

    /// A path as logs show it: one of a route, without what stands for a route's parameters. Others may be anything,
    /// also what a client should not have sent.
    func shown(_ target: String) -> String {
        let path = String(target.prefix { $0 != "?" })
        let known = known.withLock { $0 }
        if known.fixed.contains(where: { $0.path == path || $0.path == "/v1" + path }) { return path }
        return known.open.first { Self.leads($0.path, to: path) }.map { $0.path + "…" } ?? "unknown"
    }

    /// The target with /v1 before its path, where it lacks that alone: clients differ in what they take for the base
    /// URL.
    ///
    /// - Parameter target: canonical.
    func versioned(_ target: String) -> String? {
        guard !target.hasPrefix("/v1/"), !target.hasPrefix("/ember/") else { return nil }
        let path = "/v1" + target.prefix { $0 != "?" }
        return known.withLock { $0.fixed.contains { $0.path == path } } ? "/v1" + target : nil
    }

    /// What a request that is at no route probably meant.
    func nearest(to text: String, method: String) -> Route? {
        let routes = known.withLock { $0.fixed }
        let paths = Set(routes.map(\.path))
        guard let path = Self.candidates(for: text).first(where: paths.contains) else { return nil }
        return routes.first { $0.path == path && $0.method == method } ?? routes.first { $0.path == path }
    }

    /// Ever shorter ends of the path, with /v1 where it may be missing: so a base URL's path that is there twice, or
    /// too much of one, does not matter.
    private static func candidates(for text: String) -> [String] {
        let segments = Self.segments(of: text)
        return segments.indices.flatMap { first -> [String] in
            let end = "/" + segments[first...].joined(separator: "/")
            return [end, "/v1" + end]
        }
    }

    private static let mostSegments = 32
    private static let mostEscapings = 3

    /// The path's segments as generously read as can be: decoded, in small letters, without parameters and dots.
    private static func segments(of text: String) -> [String] {
        var path = text.prefix(RequestTarget.largest).prefix { $0 != "?" && $0 != "#" }
        if let scheme = path.range(of: "://") {
            path = path[scheme.upperBound...]
            path = path[(path.firstIndex(of: "/") ?? path.endIndex)...]
        }
        var decoded = String(path)
        for _ in 0..<mostEscapings { decoded = decoded.removingPercentEncoding ?? String(decoded.prefix { $0 != "%" }) }
        var segments: [String] = []
        for part in decoded.lowercased().split(whereSeparator: { $0 == "/" || $0 == "\\" }).prefix(mostSegments) {
            let segment = part.prefix { $0 != ";" }.filter { !$0.isWhitespace && $0 != "\0" }
            if segment == ".." { _ = segments.popLast() } else if segment != "." { segments.append(segment) }
        }
        return segments
    }
}
