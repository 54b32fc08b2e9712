import Testing

@testable import EmberServer

@Suite struct LlamaServerSearchTests {
    private let files: TestFiles

    init() throws { files = try TestFiles() }

    private func search(_ configured: String? = nil, path: String? = nil) -> LlamaServerSearch {
        LlamaServerSearch(
            configured: configured, environment: path.map { ["PATH": $0] } ?? [:], cache: files.path + "/cache",
            files: .system)
    }

    @Test func looksOnPathFirstAndInTheCacheLast() throws {
        let cached = try files.write([], to: "cache/engine/llama-server", isProgram: true)
        #expect(search().find() == cached)
        let second = try files.write([], to: "b/llama-server", isProgram: true)
        let path = "\(files.path)/a:\(files.path)/b"
        #expect(search(path: path).find() == second)
        let first = try files.write([], to: "a/llama-server", isProgram: true)
        #expect(search(path: path).find() == first)
        let configured = try files.write([], to: "own/server", isProgram: true)
        #expect(search(configured, path: path).find() == configured)
    }

    /// A wrong path in the configuration is an error to report, not a reason to run something else.
    @Test func configuredPathIsTheOnlyPlace() throws {
        try files.write([], to: "cache/engine/llama-server", isProgram: true)
        #expect(search("/nowhere/server").find() == nil)
        #expect(search("/nowhere/server").places == ["/nowhere/server"])
    }

    @Test func skipsWhatCannotBeRun() throws {
        try files.write([], to: "a/llama-server")
        let cached = try files.write([], to: "cache/engine/llama-server", isProgram: true)
        #expect(search(path: files.path + "/a").find() == cached)
    }
}
