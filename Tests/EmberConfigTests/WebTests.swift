import Testing

@testable import EmberConfig

@Suite struct OriginPatternTests {
    private func matches(_ pattern: String, _ origin: String) throws -> Bool {
        let pattern = try OriginPattern.parse(pattern)
        return WebOrigin(origin).map(pattern.matches) ?? false
    }

    @Test(arguments: [
        ("https://a.example", "https://a.example"), ("https://a.example", "https://A.example:443"),
        ("https://a.example:443", "https://a.example"), ("http://a:8080", "http://a:8080"), ("http://a:*", "http://a"),
        ("http://a:*", "http://a:9"), ("https://*.a.example", "https://b.a.example"),
        ("http://[::1]:3", "http://[::1]:3"),
        ("app://*", "app://anything"), ("app://x", "app://x"), ("file://", "file://"), ("*", "https://b.example"),
        ("desktop", "app://obsidian.md"), ("desktop", "vscode-webview://0a1b"), ("desktop", "tauri://localhost"),
        ("desktop", "http://tauri.localhost"), ("desktop", "capacitor://localhost"), ("desktop", "file://"),
    ])
    func meansThese(_ pattern: String, _ origin: String) throws { #expect(try matches(pattern, origin)) }

    @Test(arguments: [
        ("https://a.example", "http://a.example"), ("https://a.example", "https://a.example:444"),
        ("https://a.example", "https://b.a.example"), ("https://*.a.example", "https://a.example"),
        ("https://*.a.example", "https://evila.example"), ("http://a", "http://a:81"), ("app://x", "app://y"),
        ("desktop", "https://localhost"), ("desktop", "http://localhost:3000"), ("desktop", "chrome-extension://abc"),
        ("desktop", "https://evil.example"), ("file://", "file://host"), ("*", "null"),
    ])
    func meansNoOthers(_ pattern: String, _ origin: String) throws { #expect(!(try matches(pattern, origin))) }

    @Test(arguments: [
        "null", "https://*", "http://*:*", "a.example", "https://", "https://a/", "https://a/b", "HTTPS://a",
        "https://a b", "://a",
        "https://*.*", "https://a:b", "https://me@a", "",
    ])
    func isNone(_ text: String) { #expect((try? OriginPattern.parse(text)) == nil) }

    @Test(arguments: ["*", "desktop", "https://a.example", "http://[::1]:3", "http://*.a:*", "app://*", "file://"])
    func isWrittenAsRead(_ text: String) throws { #expect(try OriginPattern.parse(text).text == text) }
}

@Suite struct HostPatternTests {
    @Test(arguments: ["a", "ember.lan", "*.example.org", "A_b-c.d", "10.0.0.1"])
    func isAName(_ text: String) throws { #expect(try HostPattern.parse(text).text == text.lowercased()) }

    @Test(arguments: ["", "*", "*.", "a:80", "http://a", "a/b", "a b", "[::1]", "a.*"])
    func isNone(_ text: String) { #expect((try? HostPattern.parse(text)) == nil) }

    @Test(arguments: [
        ("1.2.3.4", true), ("255.255.255.255", true), ("256.1.1.1", false), ("1.2.3", false), ("1.2.3.4.5", false),
        ("[::1]", true), ("[zz::1]", false), ("[evil]", false),
        ("[fe80::1%eth0]:80", true), ("0x7f000001", false), ("127.0.0.1.", true), ("", false), ("1.2.3.a", false),
    ])
    func addressesAreToldFromNames(_ text: String, _ isAddress: Bool) {
        #expect((HostAndPort(text)?.isAddress ?? false) == isAddress)
    }
}

@Suite struct AccessSettingTests {
    private func problems(_ text: String) -> String {
        do {
            return try TestReader().read(text + "\nmodels: {m: {path: m.gguf}}").warnings.map { "\($0)" }.joined()
        } catch {
            return "\(error)"
        }
    }

    @Test func badOnesAreNamedWithTheirFix() {
        #expect(problems(#"cors: {origins: ["null"]}"#).contains("every web page"))
        #expect(problems("cors: {origins: [chat.example.org]}").contains("has no scheme"))
        #expect(problems("allowed_hosts: [ember.lan:80]").contains("has a port"))
        #expect(problems("connections: {limit: 5, limit_per_address: 6}").contains("6 is more than limit allows"))
        #expect(problems(#"cors: {origins: ["*"]}"#).contains("lets every web page"))
        #expect(problems(#"cors: {origins: [desktop]}"#) == "")
    }
}
