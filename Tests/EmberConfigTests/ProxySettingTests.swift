import Testing

@testable import EmberConfig

@Suite struct ProxySettingTests {
    private func messages(_ setting: String, files: [String: String] = [:]) -> [String] {
        TestReader(files: files).messages("upstreams: {u: {url: \"https://a/v1\", \(setting)}}\n" + oneModel)
    }

    @Test(arguments: [
        "none", "http://p.example:3128", "http://10.0.0.1", "http://[::1]:80/", "http://me:p%40ss@p:1", "socks5://p",
        "socks5h://p:9",
    ]) func isAProxy(text: String) { #expect(messages("proxy: \"\(text)\"") == []) }

    @Test(arguments: [
        "", "off", "p:3128", "https://p", "ftp://p", "http://", "http://p:0", "http://p:99999", "http://p/x",
        "http://p?SECRET",
        "socks5://me:SECRET@p", "http://me:SEC RET@p", "http://me:SECRET%@p",
    ]) func isNone(text: String) {
        let messages = messages("proxy: \"\(text)\"")
        #expect(messages.count == 1 && messages[0].contains("upstreams.u.proxy") && !messages[0].contains("SECRET"))
        #expect(messages.first?.contains("http://HOST:PORT") == true)
    }

    @Test func aFileOfCertificatesMustHaveSome() {
        #expect(messages("ca_file: c.pem", files: ["/etc/ember/c.pem": "-----BEGIN CERTIFICATE-----\n"]) == [])
        #expect(messages("ca_file: c.pem")[0].contains("cannot be read: No such file"))
        #expect(messages("ca_file: c.pem", files: ["/etc/ember/c.pem": "x"])[0].contains("no certificate"))
    }
}
