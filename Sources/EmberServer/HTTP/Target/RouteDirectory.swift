import Hummingbird
import Synchronization

/// The routes there are, for errors that name the one that was meant.
final class RouteDirectory: Sendable {
    struct Route: Sendable, Equatable {
        let method: String
        /// Without wildcards.
        let path: String
    }

    private let routes = Mutex<[Route]>([])

    /// Takes in the routes that have a fixed path.
    func fill(_ described: [Router<EmberRequestContext>.RouteDescription]) {
        let fixed = described.map { Route(method: "\($0.method)", path: $0.path.description) }
            .filter { !$0.path.contains("{") && !$0.path.contains("*") }
        routes.withLock { $0 = fixed }
    }

    /// What a request that is at no route probably meant.
    func nearest(to text: String, method: String) -> Route? {
        let routes = routes.withLock { $0 }
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
