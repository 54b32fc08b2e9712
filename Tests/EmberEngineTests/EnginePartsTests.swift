import EmberCore
import Foundation
import Testing

@testable import EmberEngine
@testable import EmberSystem

/// The parts that need no process.
@Suite struct EnginePartsEngineTests {
    @Test(arguments: [
        ("${socket}", "/s"), ("--at=${socket}:${port}!", "--at=/s:80!"), ("${HOME}", "${HOME}"), ("$socket", "$socket"),
        ("${socket", "${socket"), ("", ""), ("${nested}", "${socket}"),
    ])
    func placeholdersAreFilledInOnce(text: String, expected: String) {
        let placeholders = Placeholders(values: ["socket": "/s", "port": "80", "nested": "${socket}"])
        #expect(placeholders.expand(text) == expected)
    }

    /// The operator's own flags come last; its variables cannot hide what Ember gives.
    @Test func anEngineSeesItsGPUsAlone() throws {
        var spec = EngineSpec(
            name: "m",
            launch: .llamaServer(LlamaServerOptions(program: "ls", modelPath: "m.gguf", extraArguments: ["--jinja"])),
            environment: ["A": "b"])
        func plan() throws -> LaunchPlan {
            try LaunchPlan(
                spec: spec, directories: EngineDirectories(models: "/m", cache: "/c"), socketPath: "/s")
        }
        #expect(try plan().command.environment["CUDA_VISIBLE_DEVICES"] == nil)
        spec.gpus = EngineGPUs(ids: ["GPU-a"], shares: [1])
        let one = try plan().command
        #expect(one.environment["CUDA_VISIBLE_DEVICES"] == "GPU-a" && one.environment["A"] == "b")
        #expect(one.environment["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID" && !one.arguments.contains("--tensor-split"))
        spec.gpus = EngineGPUs(ids: ["GPU-b", "GPU-a"], shares: [3, 1])
        let two = try plan().command
        #expect(two.environment["CUDA_VISIBLE_DEVICES"] == "GPU-b,GPU-a")
        #expect(two.arguments.suffix(5) == ["--split-mode", "layer", "--tensor-split", "3,1", "--jinja"])
        spec.launch = .command(["run", "${socket}"])
        #expect(try plan().command.environment["CUDA_VISIBLE_DEVICES"] == "GPU-b,GPU-a")
        #expect(try plan().command.arguments == ["/s"])
    }

    @Test func aSocketsPathIsPercentEncoded() {
        let address = EngineAddress.unixSocket(path: "/run/user/1 0/e.sock")
        #expect(address.baseURL == "http+unix://%2Frun%2Fuser%2F1%200%2Fe.sock")
        #expect(EngineAddress.loopback(port: 8080).baseURL == "http://127.0.0.1:8080")
    }

    @Test func aKeyIsNotPrinted() {
        let remote = RemoteEngine(name: "cloud", baseURL: "https://api.example.com/v1/", key: Secret("sk-hidden"))
        var dumped = ""
        dump(remote, to: &dumped)
        for text in [dumped, "\(remote)", String(reflecting: remote), "\(remote.authorization as Any)"] {
            #expect(!text.contains("sk-hidden"))
        }
        #expect(remote.authorization?.revealed == "Bearer sk-hidden")
    }

    @Test func aRemotePathGoesUnderItsBase() {
        let remote = RemoteEngine(name: "cloud", baseURL: "https://api.example.com/v1/")
        #expect(remote.url(path: "/v1/chat/completions") == "https://api.example.com/v1/chat/completions")
        let other = RemoteEngine(name: "cloud", baseURL: "https://api.example.com/openai")
        #expect(other.url(path: "/v1/models") == "https://api.example.com/openai/v1/models")
    }

    @Test func aFolderWhosePathIsTooLongForASocketIsRefused() {
        #expect(RuntimeFolder.make(under: "/" + String(repeating: "a", count: 100)) == nil)
        #expect(RuntimeFolder.make(under: "relative") == nil)
        #expect(RuntimeFolder.make(under: "/no/such/folder") == nil)
    }

    @Test func eachEngineGetsOneFolderOfTheFirstRootThatSuits() throws {
        let root = try RuntimeFolder.make()
        defer { root.remove() }
        let folders = try (0..<20).map { _ in try RuntimeFolder.make(underFirstOf: ["/no/such", root.path, "/tmp"]) }
        let names = try FileManager.default.contentsOfDirectory(atPath: root.path)
        #expect(Set(names.map { root.path + "/" + $0 }) == Set(folders.map(\.path)))
        #expect(names.count == 20)
    }

    @Test func aFolderCanBeRemovedTwice() throws {
        let folder = try RuntimeFolder.make()
        for _ in 1...2 { folder.remove() }
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    @Test func withoutAnyFolderTheErrorNamesThePlaces() {
        let error = #expect(throws: EngineError.Problem.self) {
            try RuntimeFolder.make(underFirstOf: ["/no/such", "relative"])
        }
        #expect(error?.description.hasSuffix("in /no/such or relative") == true)
    }

    @Test func theTailHoldsTheLastLinesWithoutControlCharacters() {
        var tail = OutputTail(maxLines: 2, maxLineBytes: 4)
        #expect(tail.append("one\r\n\u{1B}[31mtwo\nthr".utf8) == ["one", "[31m…"])
        #expect(tail.lines == ["[31m…", "thr"])
        #expect(tail.append("ee\n\n".utf8) == ["thre…", ""])
        #expect(tail.lines == ["thre…", ""])
    }

    @Test(arguments: [(0.0, "0"), (1.5, "1500"), (-3.0, "0"), (1e12, "86400000")])
    func theGuardGetsItsGraceInMilliseconds(seconds: Double, expected: String) {
        let arguments = GuardProtocol.arguments(graceSeconds: seconds, openFiles: 256, program: "p", arguments: ["a"])
        #expect(arguments == [expected + ":256", "--", "p", "a"])
    }
}
