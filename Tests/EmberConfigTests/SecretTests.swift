import EmberConfig
import EmberCore
import Testing

@Suite struct SecretTests {
    private let value = "hunter2-Zq8"

    private func dumped(_ thing: Any) -> String {
        var text = ""
        dump(thing, to: &text)
        return text + "\(thing)" + String(reflecting: thing)
            + String(describing: Mirror(reflecting: thing).children.map { $0 })
    }

    @Test func isNeverShown() {
        let secret = Secret(value)
        #expect(secret.revealed == value)
        #expect(!dumped(secret).contains(value))
        #expect(!dumped([secret as Secret?]).contains(value))
        #expect("\(secret)" == "<secret>")
    }

    @Test func compares() {
        #expect(Secret("a") == Secret("a"))
        #expect(Secret("a") != Secret("b"))
    }

    @Test func configurationsDoNotShowKeys() throws {
        let text =
            "keys: [{key: \(value)}, {key_file: f}]\nupstreams: {u: {url: \"https://u/v1\", key: \(value)}}\n"
            + oneModel
        let reading = try TestReader(files: ["/etc/ember/f": value + "2"]).read(text)
        #expect(reading.configuration.access.keys[1].key.revealed == value + "2")
        #expect(!dumped(reading).contains(value))
    }

    /// Wherever a secret may end up by mistake, messages about it must not repeat it.
    @Test(arguments: [
        "keys: [{key: \"SECRET x\"}]", "keys: [{key: [SECRET]}]", "keys: [SECRET]", "keys: SECRET", "keys: {a: SECRET}",
        "keys: [{key: \"SECRETé\"}]", "keys: [{key_file: SECRET}]", "keys: [{key_file: \"${env.KEY}\"}]",
        "keys: [{key: SECRET}, {key: SECRET}]", "keys: [{key: SECRET, key_file: x}]", "keys: [{key: \"SECRET\\nx\"}]",
        "upstreams: {u: {url: \"https://a:SECRET@b/v1\"}}", "upstreams: {u: {url: \"SECRET\"}}", "upstreams: SECRET",
        "upstreams: {u: {url: \"https://b/v1\", key: \"SECRET x\"}}", "policy: \"${env.KEY}\"",
        "default_service: ${env.KEY}", "listen: \"${env.KEY}\"", "listen: \"${env.HOST}\"", "max_body: ${env.KEY}",
        "memory: {budget: \"${env.KEY}\"}", "keys: [{key: x, service: \"${env.KEY}\"}]", "keys: [{key_file: bad}]",
        "keys: [{key: \"SECRET\n", "keys: [{key: SECRET: x}]", "seed: \"${env.KEY}\"", "queue: \"${env.KEY}\"",
    ])
    func errorsDoNotShowKeys(_ line: String) {
        let reader = TestReader(
            environment: ["KEY": value, "HOST": value + ":80"], files: ["/etc/ember/bad": value + " x"]
        )
        let messages = reader.messages(line.replacing("SECRET", with: value) + "\n" + oneModel)
        #expect(!messages.isEmpty)
        #expect(!messages.contains { $0.contains(value) }, "\(messages)")
    }
}

@Suite struct WarningTests {
    @Test func openKeyFilesAreWarnedAbout() throws {
        let reader = TestReader(files: ["/etc/ember/k": "key"], worldReadable: ["/etc/ember/k"])
        let reading = try reader.read("keys: [{key_file: k}]\n" + oneModel)
        #expect(
            reading.warnings.map(\.description) == [
                "ember.yaml:1:19: keys[0].key_file: the key file can be read by every user; run chmod 600 on it"
            ])
    }

    @Test func unusualUpstreamsAreWarnedAbout() throws {
        let text = """
            upstreams:
              fine: {url: "http://127.0.0.1:8080/v1", key: k}
              other: {url: "https://b.example.com/api", key: k}
              clear: {url: "http://b.example.com/v1", key: k}
            """
        let reading = try TestReader().read(text + "\n" + oneModel)
        #expect(reading.warnings.map(\.key) == ["upstreams.other.url", "upstreams.clear.url"])
    }

    @Test func openListeningCanBeAllowed() throws {
        let text = "listen: 0.0.0.0:80\nallow_unauthenticated: true\n" + oneModel
        #expect(try TestReader().read(text).configuration.network.allowsUnauthenticated)
        #expect(
            try TestReader().read("listen: 0.0.0.0:80\nkeys: [{key: k}]\n" + oneModel).configuration.access.keys.count
                == 1)
    }
}
