public import AsyncHTTPClient
public import EmberNetwork
public import EmberSystem
import Foundation

/// What a pull takes from its surroundings.
public struct PullSettings: Sendable {
    /// Variables that pulls read (HF_ENDPOINT, HF_TOKEN, those of proxies and certificates) and that pip inherits,
    /// without secrets.
    public var environment: [String: String]
    /// Name of the Python that runs pip, looked up in PATH.
    public var python = "python3"
    /// Attempts in a row that may fail before a pull gives up; 1 MiB of progress sets the count back to 0.
    public var attempts = 6
    /// Wait before the second attempt; it doubles with every further one.
    public var firstWait: Duration = .seconds(1)
    /// The longest wait between attempts; a server that asks for more with Retry-After ends the pull.
    public var longestWait: Duration = .seconds(60)
    /// Seconds without any data after which a connection counts as lost.
    public var idleSeconds = 60
    /// Clocks, files, queues and programs.
    public var surroundings: Surroundings
    /// Makes the clients for the servers that files come from; each download has its own.
    public var makeClients: @Sendable (HTTPClient.Configuration) -> NetworkClients = { NetworkClients($0) }
    /// Bytes that may be written to a directory; nil when unknown.
    public var freeBytes: @Sendable (_ directory: String) -> Int? = FreeSpace.bytes

    public init(environment: [String: String], surroundings: Surroundings) {
        (self.environment, self.surroundings) = (environment, surroundings)
    }

    /// Proxies and certificates.
    var network: NetworkEnvironment { NetworkEnvironment(environment) }

    /// HF_ENDPOINT or its default.
    func huggingFaceEndpoint() throws(PullError) -> URL {
        guard let text = environment["HF_ENDPOINT"], !text.isEmpty else {
            return URL(string: HuggingFaceFile.defaultEndpoint)!
        }
        guard let url = URL(string: text, encodingInvalidCharacters: false), url.host()?.isEmpty == false,
            url.scheme == "https" || url.scheme == "http", url.query == nil, url.fragment == nil, url.user == nil
        else {
            throw .badSetting("HF_ENDPOINT \"\(OneLine.of(text))\" is not an address such as https://host")
        }
        return url
    }

    /// HF_TOKEN, or nil when it is not set.
    func huggingFaceToken() throws(PullError) -> String? {
        let token = environment["HF_TOKEN"]?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        guard token.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw .badSetting("HF_TOKEN holds characters that no token has: set it again, as one line")
        }
        return token.isEmpty ? nil : token
    }
}
