import AsyncHTTPClient
import EmberNetwork
import EmberSystem
import Foundation
import Logging
import NIOCore
import NIOHTTP1

/// Which servers a download may ask, and what it may send each of them.
struct PullRoute: Sendable {
    let start: URL
    /// The server that gets the token, and that states the file's hash; nil for plain URLs.
    let endpoint: URL?
    let token: String?
    let allowsHTTP: Bool

    /// The token if `url` belongs to the endpoint and cannot be read on the way.
    func token(for url: URL) -> String? {
        guard isEndpoint(url), url.scheme == "https" || PullURL.isLoopback(url) else { return nil }
        return token
    }

    func isEndpoint(_ url: URL) -> Bool {
        endpoint.map { PullURL.sameOrigin($0, url) } ?? false
    }
}

/// The head of the last answer after all redirects, with the body still to come.
struct PullAnswer: Sendable {
    let url: URL
    let status: Int
    let headers: HTTPHeaders
    let body: HTTPClientResponse.Body
    /// When it came, in seconds since 1970.
    let time: Double
    /// The file's SHA-256 and length according to the endpoint.
    let announcedSHA256: String?
    let announcedBytes: Int?
}

/// Asks for a file and follows redirects by its own rules: the token stays at its host, https stays https.
struct PullExchange: Sendable {
    private static let redirectLimit = 5
    private static let redirectStatuses: Set<UInt> = [301, 302, 303, 307, 308]

    let clients: NetworkClients
    let network: NetworkEnvironment
    let route: PullRoute
    let time: TimeSource
    let logger: Logger

    /// - Throws: `PullError` for a forbidden redirect, or the clients' errors.
    func get(resumingAt point: ResumePoint?) async throws -> PullAnswer {
        var url = route.start
        var announced: String?
        var announcedBytes: Int?
        for _ in 0...Self.redirectLimit {
            try PullURL.checkScheme(of: url, allowHTTP: route.allowsHTTP)
            // Each server of a chain of redirects has a way of its own.
            let response = try await clients.execute(
                request(for: url, resumingAt: point), by: try network.way(to: url), deadline: .distantFuture,
                logger: logger)
            announced = announced ?? announcedSHA256(response, from: url)
            if route.isEndpoint(url) {
                announcedBytes = announcedBytes ?? response.headers.first(name: "X-Linked-Size").flatMap { Int($0) }
            }
            guard Self.redirectStatuses.contains(response.status.code) else {
                return PullAnswer(
                    url: url, status: Int(response.status.code), headers: response.headers, body: response.body,
                    time: time.wallSeconds, announcedSHA256: announced, announcedBytes: announcedBytes)
            }
            url = try target(of: response, from: url)
            logger.debug("redirected", metadata: ["to": "\(PullURL.display(url))"])
        }
        throw PullError.badRedirect(
            "\(PullURL.display(route.start)) redirects more than \(Self.redirectLimit) times: use the final address")
    }

    private func request(for url: URL, resumingAt point: ResumePoint?) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url.absoluteString)
        request.headers.add(name: "User-Agent", value: "ember")
        request.headers.add(name: "Accept-Encoding", value: "identity")
        if let token = route.token(for: url) { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let point {
            request.headers.add(name: "Range", value: "bytes=\(point.offset)-")
            request.headers.add(name: "If-Range", value: point.validator.text)
        }
        return request
    }

    private func target(of response: HTTPClientResponse, from url: URL) throws -> URL {
        let shown = PullURL.display(url)
        guard let location = response.headers.first(name: "Location"),
            let target = URL(string: location, relativeTo: url)?.absoluteURL, target.host()?.isEmpty == false
        else { throw PullError.badRedirect("\(shown) redirects to no valid address: use another source") }
        guard url.scheme != "https" || target.scheme == "https" else {
            throw PullError.badRedirect(
                "\(shown) redirects from https to \(PullURL.display(target)), which is not safe: use another source")
        }
        return target
    }

    /// Hosts behind the endpoint use entity tags of their own, which may look like a SHA-256 and be none.
    private func announcedSHA256(_ response: HTTPClientResponse, from url: URL) -> String? {
        guard route.isEndpoint(url) else { return nil }
        if let linked = response.headers.first(name: "X-Linked-Etag") { return SHA256Text.parse(entityTag: linked) }
        guard response.status == .ok || response.status == .partialContent else { return nil }
        return response.headers.first(name: "ETag").flatMap { SHA256Text.parse(entityTag: $0) }
    }
}
