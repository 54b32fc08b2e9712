import Testing

@testable import EmberPull

@Suite struct PullSourceTests {
    @Test(arguments: [
        ("https://host.example/a/model.gguf", "model.gguf"),
        ("https://host.example/a/model.gguf?download=true#x", "model.gguf"),
        ("http://127.0.0.1:8080/m.gguf", "m.gguf"),
        ("http://[::1]:8080/m.gguf", "m.gguf"),
        ("hf:owner/repo/q4/model.gguf", "model.gguf"),
        ("hf:owner/repo/model.gguf@refs/pr/1", "model.gguf"),
        ("pypi:some-package==1.2.3:data/model.onnx", "model.onnx"),
        ("https://host.example/a/..%2F..%2Fetc%2Fpasswd", "passwd"),
        ("https://host.example/%2E%2E%5C..%5Cmodel.gguf", "_._model.gguf"),
        ("https://host.example/.hidden.gguf", "hidden.gguf"),
        ("https://host.example/a%20b%00%0Ac.gguf", "a_b__c.gguf"),
    ])
    func namesTheFile(text: String, name: String) throws {
        #expect(try PullSource(text).suggestedName == name)
    }

    @Test(arguments: [
        "https://host.example/", "https://host.example", "https://host.example/a/", "https://host.example/%2E%2E",
        "https://host.example/model.gguf.part", "https://host.example/model.gguf.part.json",
        "pypi:some-package==1.2.3:data/*.onnx",
    ])
    func leavesUnusableNamesOpen(text: String) throws {
        #expect(try PullSource(text).suggestedName == nil)
    }

    @Test(arguments: [
        "", "model.gguf", "ftp://host/a.gguf", "file:///etc/passwd", "https:///a.gguf", "https://host/a b.gguf",
        "https://user:password@host.example/a.gguf",
        "hf:", "hf:owner/repo", "hf:owner/repo/", "hf:owner//a.gguf", "hf:../repo/a.gguf", "hf:owner/repo/../a.gguf",
        "hf:owner/repo/a.gguf@", "hf:owner/repo/a.gguf@../main", "hf:owner/repo/a\\b.gguf", "hf:-x/repo/a.gguf",
        "pypi:", "pypi:package:path", "pypi:package==:path", "pypi:package==1.0:", "pypi:package==1.*:path",
        "pypi:--index-url==1.0:path", "pypi:pack age==1.0:path", "pypi:package==-1:path", "pypi:package==1.0:/etc/x",
        "pypi:package==1.0:../x", "pypi:package==1.0:a/../x", "pypi:package==1.0 --pre:path", "pypi:a;b==1.0:path",
    ])
    func refusesBadSourcesInOneLine(text: String) {
        let error = #expect(throws: PullError.self) { try PullSource(text) }
        #expect(isOneLine(error))
        #expect(error?.description.contains("password@") == false)
    }

    @Test(arguments: [
        "http://host.example/a.gguf", "http://127.0.0.1.example.org/a.gguf", "http://127.example/a.gguf",
        "http://localhost.example.org/a.gguf", "http://10.0.0.1/a.gguf",
    ])
    func plainHTTPNeedsPermissionBeyondThisMachine(text: String) throws {
        #expect(throws: PullError.insecure(url: text)) { try PullSource(text) }
        #expect(try PullSource(text, allowHTTP: true).suggestedName == "a.gguf")
    }

    @Test func descriptionsHideSignatures() throws {
        #expect("\(try PullSource("https://host.example/a.gguf?signature=abc"))" == "https://host.example/a.gguf")
        #expect("\(try PullSource("hf:o/r/a.gguf@v1"))" == "hf:o/r/a.gguf@v1")
    }

    @Test func huggingFaceAddressesAreEncoded() throws {
        let file = try HuggingFaceFile(parsing: "owner/repo/a dir/b#1.gguf@refs/pr/1")
        let endpoint = try PullSettings(environment: [:], surroundings: .system).huggingFaceEndpoint()
        #expect(
            file.url(endpoint: endpoint)?.absoluteString
                == "https://huggingface.co/owner/repo/resolve/refs%2Fpr%2F1/a%20dir/b%231.gguf")
    }

    @Test(arguments: ["..", ".", "", "a/b.gguf", "../a.gguf", ".a", "a..b", "a\0b", "é.gguf", "x.part", "x.part.lock"])
    func refusesBadChosenNames(name: String) throws {
        let error = #expect(throws: PullError.self) { try PullName.checked(name) }
        #expect(isOneLine(error))
    }

    @Test func sanitisedNamesAreAlwaysHarmless() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("./\\ab._\0\n%é~ :*")
        for _ in 0..<2000 {
            let text = String((0..<Int.random(in: 0...12)).map { _ in alphabet.randomElement(using: &generator)! })
            guard let name = PullName.sanitised(text) else { continue }
            #expect(!name.contains("/") && !name.contains("\\"), "\(text)")
            #expect(!name.contains("..") && !name.hasPrefix("."), "\(text)")
            #expect(PullName.sanitised(name) == name)
        }
    }

    @Test(arguments: ["abc", String(repeating: "g", count: 64), String(repeating: "a", count: 63)])
    func refusesBadHashes(text: String) {
        #expect(throws: PullError.self) { try SHA256Text.checked(text) }
    }

    @Test func readsHashesInTheirUsualForms() throws {
        let digits = String(repeating: "aB", count: 32)
        #expect(try SHA256Text.checked("sha256:" + digits) == digits.lowercased())
        #expect(SHA256Text.parse(entityTag: "\"\(digits)\"") == digits.lowercased())
        #expect(SHA256Text.parse(entityTag: "\"d41d8cd98f00b204e9800998ecf8427e\"") == nil)
    }
}
