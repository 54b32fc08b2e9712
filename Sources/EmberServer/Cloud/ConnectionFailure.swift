import AsyncHTTPClient
import EmberEngine
import EmberNetwork
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Why an upstream could not be reached: a message with its host, the reason, and the setting that may mend it.
struct ConnectionFailure: CustomStringConvertible {
    let description: String
    /// Nothing of the request has been sent: it costs nothing.
    let isBeforeRequest: Bool

    init(_ error: any Error, _ upstream: RemoteEngine) {
        let host = Self.host(of: upstream.baseURL)
        let setting = "upstreams.\(upstream.name).url"
        if let problem = error as? NetworkProblem {
            // Of a proxy or of certificates; it has words of its own.
            self.init(problem.description, isBeforeRequest: true)
        } else if let error = error as? NIOConnectionError {
            self.init(Self.words(error, host, setting), isBeforeRequest: true)
        } else if let error = error as? IOError, Self.refusals.contains(error.errnoCode) {
            self.init(Self.words([error], "host \(host)", "correct \(setting)"), isBeforeRequest: true)
        } else if let words = Self.words(ofTLS: "\(error)", host, setting) {
            self.init(words, isBeforeRequest: true)
        } else if let error = error as? HTTPClientError, let words = Self.words(error, host, setting) {
            self.init(words, isBeforeRequest: true)
        } else {
            self.init(Self.words(ofConnection: error, host, setting), isBeforeRequest: false)
        }
    }

    private init(_ description: String, isBeforeRequest: Bool) {
        self.description = description
        self.isBeforeRequest = isBeforeRequest
    }

    private static func host(of url: String) -> String {
        guard let parts = URLComponents(string: url), let host = parts.host else { return url }
        return "\(host):\(parts.port ?? (parts.scheme == "https" ? 443 : 80))"
    }

    // MARK: Connecting

    private static func words(_ error: NIOConnectionError, _ host: String, _ setting: String) -> String {
        if error.connectionErrors.isEmpty, error.dnsAError ?? error.dnsAAAAError != nil {
            return "no address is known for host \(host): correct \(setting), or this machine's DNS"
        }
        return words(error.connectionErrors.map(\.error), "host \(host)", "correct \(setting)")
    }

    private static func words(_ errors: [any Error], _ name: String, _ remedy: String) -> String {
        var reasons: [String] = []
        for failure in errors.map(reason) where !reasons.contains(failure) { reasons.append(failure) }
        let why = reasons.isEmpty ? "no answer in time" : reasons.joined(separator: ", ")
        return "no connection to \(name): \(why); start it, or \(remedy)"
    }

    /// What only a connection that is being made can come to.
    private static let refusals = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH]

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return OddAnswer.line("\(error)") }
        return String(cString: strerror(error.errnoCode)).lowercased()
    }

    private static func words(_ error: HTTPClientError, _ host: String, _ setting: String) -> String? {
        switch error {
        case .connectTimeout: "no connection to host \(host) within 10 s: start it, or correct \(setting)"
        case .tlsHandshakeTimeout: "host \(host) did not finish the TLS handshake in time (\(setting))"
        default: nil
        }
    }

    // MARK: TLS

    /// The client passes on errors of two TLS libraries, of which only the text is common.
    private static func words(ofTLS text: String, _ host: String, _ setting: String) -> String? {
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return
                "the certificate of host \(host) is not trusted: it has expired, or its authority is not known to this "
                + "machine; check \(setting), the clock, and the CA certificates (SSL_CERT_FILE)"
        }
        if text.contains("Couldn't find") && text.contains("certificate") {
            return "the certificate of host \(host) is for another name: write the name that it has in \(setting)"
        }
        guard text.contains("handshakeFailed") || text.contains("errSSL") else { return nil }
        if ["WRONG_VERSION_NUMBER", "HTTP_REQUEST"].contains(where: text.contains) {
            return
                "host \(host) does not speak TLS there: write http:// instead of https:// in \(setting), or "
                + "its TLS port"
        }
        if text.contains("EOF during handshake") {
            return "host \(host) closed the connection within the TLS handshake: does it speak TLS there (\(setting))?"
        }
        return "no TLS with host \(host) (\(reason(ofTLS: text))): check \(setting) and what the host allows"
    }

    /// The library's own word, such as TLSV1_ALERT_PROTOCOL_VERSION.
    private static func reason(ofTLS text: String) -> String {
        let words = text.split { !$0.isASCII || !($0.isUppercase || $0.isNumber || $0 == "_") }
        return words.filter { $0.contains("_") && $0.count > 6 }.last.map(String.init) ?? OddAnswer.line(text)
    }

    // MARK: After that

    private static func words(ofConnection error: any Error, _ host: String, _ setting: String) -> String {
        switch error {
        case is ReusedConnectionClosed: "host \(host) closed the connection before an answer (\(setting))"
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            "host \(host) closed the connection before the answer's end (\(setting))"
        case let error as IOError:
            "the connection to host \(host) broke: \(reason(error)) (\(setting))"
        case is BrokenAnswer, is UpstreamSilence: "\(error)"
        case HTTPParserError.invalidEOFState: "host \(host) closed the connection before the answer's end (\(setting))"
        case is HTTPParserError:
            "host \(host) sent what is no HTTP (\(OddAnswer.line("\(error)"))): check \(setting), and whether "
                + "it wants https"
        default: "host \(host): \(OddAnswer.line("\(error)")) (\(setting))"
        }
    }
}
