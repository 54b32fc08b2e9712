import EmberConfig
import EmberDocument
import Testing

@Suite struct PathTests {
    private let resolver = PathResolver(folders: TestReader.folders, modelsFolder: "/models")

    @Test(arguments: [
        ("a.gguf", "/base/a.gguf"), ("/a.gguf", "/a.gguf"), ("~/a.gguf", "/home/eva/a.gguf"), ("~", "/home/eva"),
        ("${cache_dir}/x", "/cache/x"), ("${models_dir}/x", "/models/x"), ("./a//b/./c", "/base/a/b/c"), (".", "/base"),
        ("../a", "/base/../a"), ("a~b", "/base/a~b"),
    ])
    func resolves(_ path: String, _ expected: String) throws {
        #expect(try resolver.resolve(path, relativeTo: "/base") == expected)
    }

    @Test(arguments: ["~bob/x", "${port}/x", "${cache_dir", "a\0b"])
    func refuses(_ path: String) {
        #expect(throws: QuantityError.self) { try resolver.resolve(path, relativeTo: "/base") }
    }

    @Test func emberVariablesWinOverXDG() {
        let environment = [
            "HOME": "/h", "EMBER_CACHE": "c", "XDG_CACHE_HOME": "/xc", "XDG_STATE_HOME": "/xs", "EMBER_STATE": "",
        ]
        let folders = ConfigurationFolders.standard(
            environment: environment, working: "/w", configurationFile: "d/e.yaml")
        #expect(folders.cache == "/w/c")
        #expect(folders.state == "/xs/ember")
        #expect(folders.configuration == "/w/d")
    }

    @Test func theHomeFolderStandsForATildeAlsoOutsideOfTheFile() {
        let environment = ["HOME": "/h", "EMBER_CACHE": "~/c", "EMBER_STATE": "~"]
        let folders = ConfigurationFolders.standard(
            environment: environment, working: "/w", configurationFile: "~/d/e.yaml")
        #expect(folders.cache == "/h/c" && folders.state == "/h" && folders.configuration == "/h/d")
        #expect(folders.path("~/x") == "/h/x" && folders.path("~x") == "/w/~x" && folders.path("y") == "/w/y")
        #expect(folders.defaultModels == "/h/c/models")
    }

    /// For commands that need nothing else of a configuration.
    @Test func theModelsFolderAloneNeedsNoGoodConfiguration() throws {
        let reader = TestReader()
        let bad = "upstreams: {u: {url: ftp}}\nkeys: [{key: \"${env.MISSING}\"}]\nmodels: {m: {path: 3, oops: 1}}\n"
        #expect(try reader.modelsFolder(nil) == "/cache/models")
        #expect(try reader.modelsFolder("") == "/cache/models")
        #expect(try reader.modelsFolder(bad) == "/cache/models")
        #expect(try reader.modelsFolder(bad + "models_dir: ~/big") == "/home/eva/big")
        #expect(try reader.modelsFolder(bad + "models_dir: big") == "/etc/ember/big")
        #expect(try reader.modelsFolder(bad + "models_dir: ${cache_dir}/big") == "/cache/big")
        let variable = ConfigurationOverrides(environment: ["EMBER_MODELS_DIR": "~/v"])
        #expect(try reader.modelsFolder(bad + "models_dir: big", variable) == "/home/eva/v")
        let flag = ConfigurationOverrides(environment: ["EMBER_MODELS_DIR": "~/v"], modelsDir: "f")
        #expect(try reader.modelsFolder(nil, flag) == "/start/f")
    }

    /// The usual folder would be the wrong one.
    @Test(arguments: [
        "models_dir: \"${env.MISSING}\"", "models_dir: [a]", "models_dir: ~bob/x", "models_dir: \"${port}/x\"", "a: [",
        "- a",
    ]) func aModelsFolderThatCannotBeUnderstoodIsAnError(text: String) {
        #expect(throws: ConfigurationError.self) { try TestReader().modelsFolder(text) }
    }

    #if os(Linux)
        @Test func withoutVariablesTheUsualFoldersCount() {
            let folders = ConfigurationFolders.standard(
                environment: ["HOME": "/h", "XDG_CACHE_HOME": "rel"], working: "/w")
            #expect(folders.cache == "/h/.cache/ember")
            #expect(folders.state == "/h/.local/state/ember")
            #expect(folders.configuration == "/w")
            #expect(folders.defaultModels == "/h/.cache/ember/models")
        }
    #endif

    @Test func pathsOfTheFileStartAtTheirFolders() throws {
        let text = """
            models_dir: models
            llama_server: ~/bin/llama-server
            models:
              a: {path: a.gguf, mmproj: "${cache_dir}/p.gguf"}
              b: {command: [x, "${port}"], memory: 1GB, workdir: w}
              c: {command: [x, "${port}"], memory: 1GB}
            """
        let configuration = try TestReader().read(text).configuration
        #expect(configuration.files.modelsFolder == "/etc/ember/models")
        #expect(configuration.files.llamaServer == "/home/eva/bin/llama-server")
        guard case .llamaServer(let a) = configuration.models[0].engine,
            case .command(let b) = configuration.models[1].engine,
            case .command(let c) = configuration.models[2].engine
        else {
            Testing.Issue.record("wrong engines")
            return
        }
        #expect(a.path == "/etc/ember/models/a.gguf")
        #expect(a.projectorPath == "/cache/p.gguf")
        #expect(b.workingFolder == "/etc/ember/w")
        #expect(c.workingFolder == "/etc/ember")
    }
}
