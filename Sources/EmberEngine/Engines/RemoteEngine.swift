/// An OpenAI-compatible server elsewhere: the cloud. It uses none of the device's memory.
public struct RemoteEngine: Sendable {
    public var name: String
    /// The base that ends in "/v1"; a slash at its end is dropped.
    public var baseURL: String
    public var key: Secret?
    /// For one whole answer.
    public var timeoutSeconds: Double

    public init(name: String, baseURL: String, key: Secret? = nil, timeoutSeconds: Double = 300) {
        self.name = name
        self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
        self.key = key
        self.timeoutSeconds = timeoutSeconds
    }

    /// The URL of an OpenAI path such as "/v1/chat/completions".
    public func url(path: String) -> String {
        let version = "/v1"
        guard path.hasPrefix(version + "/"), baseURL.hasSuffix(version) else { return baseURL + path }
        return baseURL + path.dropFirst(version.count)
    }

    /// The value of the Authorization header; nil if the server wants no key.
    public var authorization: Secret? {
        key.map { Secret("Bearer " + $0.reveal()) }
    }
}
