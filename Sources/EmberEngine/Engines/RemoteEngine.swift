/// An OpenAI-compatible server elsewhere: the cloud. It uses none of the device's memory.
public struct RemoteEngine: Sendable {
    /// The value of an Authorization header; printing and reflection show nothing of it.
    public struct Authorization: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
        private let value: String

        init(key: String) { value = "Bearer " + key }

        /// The value itself, for the one place that sends it.
        public func reveal() -> String { value }

        public var description: String { "(hidden)" }
        public var debugDescription: String { description }
        public var customMirror: Mirror { Mirror(self, children: [:]) }
    }

    public let name: String
    /// The base that ends in "/v1"; a slash at its end is dropped.
    public let baseURL: String
    /// nil if the server wants no key.
    public let authorization: Authorization?
    /// For one whole answer.
    public let timeoutSeconds: Double

    public init(name: String, baseURL: String, key: String? = nil, timeoutSeconds: Double = 300) {
        self.name = name
        self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
        authorization = key.map(Authorization.init)
        self.timeoutSeconds = timeoutSeconds
    }

    /// The URL of an OpenAI path such as "/v1/chat/completions".
    public func url(path: String) -> String {
        let version = "/v1"
        guard path.hasPrefix(version + "/"), baseURL.hasSuffix(version) else { return baseURL + path }
        return baseURL + path.dropFirst(version.count)
    }
}
