import EmberSystem
import Testing

@Suite struct ChildEnvironmentTests {
    @Test(arguments: [
        "EMBER_KEY", "EMBER_ADMIN_KEYS", "OPENAI_API_KEY", "openai_api_key", "HF_TOKEN", "GITHUB_TOKEN",
    ])
    func secretsAreNotInheritedUnlessGiven(name: String) {
        #expect(ChildEnvironment.compose(inherited: [name: "x"], explicit: [:]).isEmpty)
        #expect(ChildEnvironment.compose(inherited: [name: "x"], explicit: [name: "y"]) == [name: "y"])
    }

    @Test(arguments: ["PATH", "HOME", "EMBER_CACHE", "KEYBOARD", "TOKENIZERS_PARALLELISM", "LLAMA_ARG_THREADS"])
    func everythingElseIsInherited(name: String) {
        #expect(ChildEnvironment.compose(inherited: [name: "x"], explicit: [:]) == [name: "x"])
    }
}
