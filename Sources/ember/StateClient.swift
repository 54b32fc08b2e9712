import AsyncHTTPClient
import EmberConfig
import EmberServer
import Foundation

/// Asks a running Ember.
struct StateClient {
    private let base: String
    private let key: String?

    init(_ address: ListenAddress, key: String?) {
        base =
            switch address {
            case .tcp(let host, let port): "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
            case .unix(let path):
                "http+unix://" + (path.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? path)
            }
        self.key = key
    }

    func state() async throws -> StateView {
        var request = HTTPClientRequest(url: base + "/ember/v1/state")
        if let key { request.headers.add(name: "authorization", value: "Bearer \(key)") }
        let response: HTTPClientResponse
        do {
            response = try await HTTPClient.shared.execute(request, timeout: .seconds(5))
        } catch {
            throw CommandFailure("no Ember answers at \(base): start one with 'ember serve', or name it with --listen")
        }
        guard response.status != .unauthorized else {
            throw CommandFailure("\(base) wants a key: set EMBER_KEY to one of its keys")
        }
        let body = try await response.body.collect(upTo: 64 << 20)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(StateView.self, from: Data(buffer: body))
    }
}
