import Testing

@testable import EmberConfig

@Suite struct SyntaxTests {
    @Test(arguments: [
        ("models: [a", "2"), ("a: b: c\n", "1"), ("a:\n\t- b\n", "2"), ("a: \"b\n", "2"),
        ("a: " + String(repeating: "[", count: 2000), "1"), ("a: *nope\n", "1"),
        ("a: 1\n---\nb: 2\n", "2"), ("a: \u{1}\n", "1"), ("%YAML 9.9\n---\na: 1\n", "1"), ("- a\nb: 1\n", "2"),
    ])
    func nameTheLine(_ text: String, _ line: String) {
        let messages = TestReader().messages(text)
        #expect(messages.count == 1)
        #expect(messages.first?.hasPrefix("ember.yaml:\(line):") == true, "\(messages)")
        #expect(messages.first?.contains("invalid YAML") == true || text.contains("[[["), "\(messages)")
    }

    @Test func neverQuoteTheFile() {
        for text in [
            "key: \"hunter2\nx: [", "hunter2: hunter2: hunter2", "? [hunter2]\n: *hunter2\n", "a: !hunter2! x",
        ] {
            let messages = TestReader().messages(text)
            #expect(!messages.isEmpty)
            #expect(!messages.contains { $0.contains("hunter2") || $0.contains("\n") }, "\(messages)")
        }
    }

    @Test func tellWhereWhatIsLeftOpenBegan() {
        let messages = TestReader().messages("a: 1\nb: \"open\nc: 1\n")
        #expect(messages.first?.contains("while scanning a quoted scalar from line 2") == true, "\(messages)")
    }

    @Test func lineEndsOfAllKindsCount() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["queue:", "  limit: 1", "  limit: 0", "models: {m: {path: x}}"].joined(separator: end)
            let messages = TestReader().messages(text)
            #expect(messages.map { $0.split(separator: ":")[1] } == ["3", "3"], "\(messages)")
        }
    }

    @Test func columnsCountCharactersBeyondASCII() {
        let messages = TestReader().messages("models: {m: {path: \"ü\", context: x}}")
        #expect(messages.first?.hasPrefix("ember.yaml:1:34: models.m.context") == true, "\(messages)")
    }
}

@Suite struct LimitTests {
    @Test func filesAbove1MiBAreRefused() {
        let text = oneModel + String(repeating: "#", count: 1_048_576)
        #expect(TestReader().messages(text) == ["ember.yaml:1:1: is larger than 1MiB; split or shorten it"])
    }

    @Test func filesOf1MiBAreRead() throws {
        let text = oneModel + String(repeating: "#", count: 1_048_576 - oneModel.utf8.count)
        #expect(try TestReader().read(text).configuration.models.count == 1)
        #expect(try TestReader(files: ["/e.yaml": text]).read(file: "/e.yaml").configuration.models.count == 1)
        let error = #expect(throws: ConfigurationError.self) {
            try TestReader(files: ["/e.yaml": text + "#"]).read(file: "/e.yaml")
        }
        #expect(error?.issues.map(\.description) == ["/e.yaml: is larger than 1MiB; split or shorten it"])
    }

    @Test(arguments: [("[", "]"), ("{a: ", "}"), ("- ", "")])
    func deepNestingIsRefused(_ open: String, _ close: String) {
        for depth in [40, 5000] {
            let text = "a:\n  " + String(repeating: open, count: depth) + String(repeating: close, count: depth)
            #expect(TestReader().messages(text).count == 1)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["x: *l9\n", "? *l9\n: 1\n", "{[*l9, *l9]: 1}\n", "*l9 : 1\n"])
    func nestedAliasesAreRefusedQuickly(_ use: String) {
        var text = "l0: &l0 [a, a, a, a, a, a, a, a, a, a]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*l\(level - 1)", count: 10).joined(separator: ", ")
            text += "l\(level): &l\(level) [\(aliases)]\n"
        }
        let messages = TestReader().messages(text + (use.hasPrefix("{") ? "k: " + use : use))
        #expect(!messages.isEmpty)
    }

    @Test func aliasesOfValuesWork() throws {
        let text = """
            models:
              a: {path: a.gguf, args: &args ["-v", "a *.b"], costs: &costs {load: 2}}
              b: {path: b.gguf, args: *args, costs: *costs}
            """
        let models = try TestReader().read(text).configuration.models
        #expect(models[1].engine == .llamaServer(LlamaServerSettings(b: "/cache/models/b.gguf", ["-v", "a *.b"])))
        #expect(models[1].costs.load == 2)
    }

    @Test(.timeLimit(.minutes(1))) func manyDuplicatesEnd() {
        let text = (0..<200).map { "k\($0 % 50): 1\n" }.joined()
        #expect(!TestReader().messages(text).isEmpty)
    }

    @Test func filesThatAreNotUTF8AreRefusedByLine() {
        let files = ConfigurationFiles(
            read: { _, _ in Array("models:\n  m: ".utf8) + [0xFF, 0x0A] }, isWorldReadable: { _ in false }
        )
        let reader = ConfigurationReader(
            environment: [:], folders: TestReader.folders, files: files
        )
        let error = #expect(throws: ConfigurationError.self) { try reader.read(file: "e.yaml") }
        #expect(error?.description == "e.yaml:2:1: is not UTF-8; save it as UTF-8")
    }

    @Test func aMissingFileIsNamed() {
        let error = #expect(throws: ConfigurationError.self) { try TestReader().read(file: "/no.yaml") }
        #expect(
            error?.description
                == "/no.yaml: cannot be read: No such file or directory; check the path and its permissions"
        )
    }

    @Test func theDiskIsReadUpToTheLimit() throws {
        #expect(try ConfigurationFiles(.system).read(#filePath, 7) == Array("import ".utf8))
        let failure = #expect(throws: ConfigurationFiles.Failure.self) {
            try ConfigurationFiles(.system).read("/no/file", 7)
        }
        #expect(failure?.reason == "No such file or directory")
        #expect(throws: ConfigurationFiles.Failure.self) { try ConfigurationFiles(.system).read("/", 7) }
    }
}

@Suite struct ExpansionTests {
    @Test func valuesCannotInjectYAML() throws {
        let reader = TestReader(environment: ["X": "a.gguf, pin: true\nevil: 1"])
        let messages = reader.messages("models: {m: {path: \"${env.X}\"}}")
        #expect(messages.count == 1)
        #expect(messages[0].contains("models.m.path: \"${env.X}\" has a control character"))
    }

    @Test(arguments: [
        ("${env.A}", "va"), ("x${env.A}y${env.B}z", "xvayvbz"), ("${env.NO:-d}", "d"), ("${env.EMPTY:-d}", "d"),
        ("${env.A:-d}", "va"), ("${env.NO:-}", ""), ("${socket}${port}", "${socket}${port}"),
        ("${env.NESTED}", "${env.A}"),
    ])
    func expands(_ text: String, _ expected: String) throws {
        let environment = ["A": "va", "B": "vb", "EMPTY": "", "NESTED": "${env.A}"]
        let reading = try TestReader(environment: environment).read("models: {m: {path: x, env: {K: '\(text)'}}}")
        #expect(reading.configuration.models[0].process.environment["K"] == expected)
    }

    @Test func worksForEveryKindOfScalar() throws {
        let environment = ["N": "7", "T": "true", "D": "5m", "L": "127.0.0.1:9"]
        let text = """
            listen: ${env.L}
            drain_timeout: ${env.D}
            models: {m: {path: x, parallel: "${env.N}", pin: "${env.T}"}}
            """
        let configuration = try TestReader(environment: environment).read(text).configuration
        #expect(configuration.network.listen == .tcp(host: "127.0.0.1", port: 9))
        #expect(configuration.network.drainTimeoutSeconds == 300)
        #expect(configuration.models[0].parallel == 7)
        #expect(configuration.models[0].residency.isPinned)
    }
}

extension LlamaServerSettings {
    fileprivate init(b path: String, _ arguments: [String]) {
        self = LlamaServerSettings(
            path: path, projectorPath: nil, contextTokens: 4096, poolTokens: nil, gpuLayers: 0,
            promptCacheBytes: 0, givesEmbeddings: false, isMatryoshka: false, arguments: arguments
        )
    }
}
