import EmberConfig
import Testing

@Suite struct OverrideTests {
    @Test func flagsWinOverEnvironmentAndThatOverTheFile() throws {
        let text = "listen: 127.0.0.1:1\npolicy: lru\nmemory: {budget: 1GB}\n" + oneModel
        let overrides = ConfigurationOverrides(
            environment: [
                "EMBER_LISTEN": "127.0.0.1:2", "EMBER_POLICY": "least-context-gated", "EMBER_MEMORY_BUDGET": "",
                "EMBER_LLAMA_SERVER": "bin/llama-server", "EMBER_UNRELATED": "x",
            ],
            listen: "127.0.0.1:3", modelsDir: "models"
        )
        let configuration = try TestReader().read(text, overrides).configuration
        #expect(configuration.network.listen == .tcp(host: "127.0.0.1", port: 3))
        #expect(configuration.planning.policy == "least-context-gated")
        #expect(configuration.planning.memory.budget == .bytes(1_000_000_000))
        #expect(configuration.files.llamaServer == "/start/bin/llama-server")
        #expect(configuration.files.modelsFolder == "/start/models")
    }

    @Test func aBudgetCanBeGivenWithoutASectionInTheFile() throws {
        let overrides = ConfigurationOverrides(memoryBudget: "25%")
        #expect(try TestReader().read(oneModel, overrides).configuration.planning.memory.budget == .share(0.25))
    }

    @Test func problemsNameTheirSource() {
        let overrides = ConfigurationOverrides(
            environment: ["EMBER_MEMORY_BUDGET": "lots", "EMBER_MODELS_DIR": "~bob"], listen: "nowhere", policy: "lruu"
        )
        #expect(
            Set(TestReader().messages(oneModel, overrides)) == [
                "flag --listen: listen: \"nowhere\" has no port; write host:port or unix:/path such as 127.0.0.1:11500",
                "flag --policy: policy: \"lruu\" is not a policy; did you mean lru?",
                "environment variable EMBER_MEMORY_BUDGET: memory.budget: \"lots\" is neither a number of "
                    + "bytes nor a share; write bytes or a share such as 60%",
                "environment variable EMBER_MODELS_DIR: models_dir: the path begins with another user's home; "
                    + "write an absolute path or one that begins with ~/",
            ])
    }

    @Test func openListeningByFlagNeedsKeys() {
        let messages = TestReader().messages(oneModel, ConfigurationOverrides(listen: "0.0.0.0:80"))
        #expect(messages.count == 1)
        #expect(messages[0].hasPrefix("flag --listen: listen: \"0.0.0.0:80\" can be reached from other machines"))
    }

    @Test func aPolicyTakesParameters() throws {
        let text = oneModel + "policy: regret-forecast:horizon=20:regret=0\n"
        #expect(try TestReader().read(text).configuration.planning.policy == "regret-forecast:horizon=20:regret=0")
    }

    @Test func valuesOfFlagsAreTextNotYAML() {
        let messages = TestReader().messages(oneModel, ConfigurationOverrides(policy: "null"))
        #expect(messages.count == 1)
        #expect(messages[0].hasPrefix("flag --policy: policy: \"null\" is not a policy; write one of least-context, "))
    }
}
