public import EmberCore
public import EmberNetwork

/// An OpenAI-compatible server elsewhere: the cloud. It uses none of the device's memory.
public struct RemoteEngine: Sendable {
    public let name: String
    /// The base that ends in "/v1"; a slash at its end is dropped.
    public let baseURL: String
    /// nil if the server wants no key.
    public let authorization: Secret?
    /// For one whole answer.
    public let timeoutSeconds: Double
    /// Through which proxy it is reached, and by whose certificates it is known.
    public let way: NetworkWay

    public init(
        name: String, baseURL: String, key: Secret? = nil, timeoutSeconds: Double = 300, way: NetworkWay = .direct
    ) {
        self.name = name
        self.way = way
        self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
        authorization = key.map { Secret("Bearer \($0.revealed)") }
        self.timeoutSeconds = timeoutSeconds
    }

    /// The URL of an OpenAI path such as "/v1/chat/completions".
    public func url(path: String) -> String {
        let version = "/v1"
        guard path.hasPrefix(version + "/"), baseURL.hasSuffix(version) else { return baseURL + path }
        return baseURL + path.dropFirst(version.count)
    }
}
