import AsyncHTTPClient
import EmberNetwork
import EmberSystem
import Foundation

/// A failure that may pass by itself.
struct TransientFailure: Error {
    let reason: String
    /// What the server asked for with Retry-After.
    var wait: Duration?

    init(reason: String, wait: Duration? = nil) {
        self.reason = reason
        self.wait = wait
    }

    /// Explains an error of the connection.
    ///
    /// - Throws: `PullError.untrusted` for a certificate, and `.badSetting` for a setting, that no further attempt
    ///   makes valid.
    init(from error: any Error, at url: URL) throws(PullError) {
        if let failure = error as? TransientFailure {
            self = failure
            return
        }
        if let problem = error as? NetworkProblem {
            guard problem.mayPass else { throw .badSetting(problem.description) }
            self.init(reason: problem.description)
            return
        }
        let text = "\(error)"
        // The client passes on errors of two TLS libraries and of the system, of which only the text is common.
        if text.contains("CERTIFICATE_VERIFY_FAILED") { throw .untrusted(url: PullURL.display(url)) }
        let reason =
            switch error as? HTTPClientError {
            case .connectTimeout?: "no connection within 15 s"
            case .readTimeout?: "the server sent nothing for too long"
            case .remoteConnectionClosed?: "the server closed the connection"
            case nil where text.contains("UnknownHost"): "no address is known for \(url.host() ?? "the host")"
            default: "connection failed: \(OneLine.of(text, limit: 150))"
            }
        self.init(reason: reason)
    }
}
