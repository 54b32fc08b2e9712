import EmberCore
import Testing

@testable import EmberContext
@testable import EmberEngine
@testable import EmberServer

/// How large pools are, and what requests may have of them.
@Suite struct PoolTests {
    private func tokens(_ budget: Int?, window: Int = 4096, parallel: Int = 4) -> Int {
        // 20 kB a token, beside 100 MB that no pool changes.
        PoolSize.tokens(window: window, parallel: parallel, budget: budget.map { Bytes($0) }) {
            Bytes(100_000_000 + 20_000 * $0)
        }
    }

    @Test func aPoolHasOneWindowAndASixteenthOfTheBudget() {
        // 560 MB / 16 = 35 MB hold 1,750 tokens: six steps of 256.
        #expect(tokens(560_000_000) == 4096 + 1536)
        #expect(tokens(16_000_000) == 4096)
        #expect(tokens(nil) == 4096)
    }

    @Test func aPoolIsNeverMoreThanAllRequestsCanHave() {
        #expect(tokens(1 << 40) == 4 * 4096)
        #expect(tokens(1 << 40, parallel: 1) == 4096)
        // A multiple of 256 more than the window, and below three windows.
        #expect(tokens(1 << 40, window: 100, parallel: 3) == 100)
    }

    private func terms(window: Int = 4096, answer: Int? = nil) -> PoolTerms {
        PoolTerms(poolTokens: 6000, windowTokens: window, parallel: 4, answerTokens: answer)
    }

    private func answers(_ text: String) throws -> AnswerBounds {
        try RequestShape(Array(text.utf8), kind: .completions).bounds
    }

    @Test func aRequestHasItsPromptAndItsAnswer() throws {
        let terms = terms()
        #expect(terms.answerTokens == 1024)
        #expect(terms.tokens(prompt: 100, try answers(#"{"prompt":"a","max_tokens":50}"#)) == 150)
        #expect(terms.tokens(prompt: 100, try answers(#"{"prompt":"a"}"#)) == 1124)
        #expect(terms.tokens(prompt: 100, try answers(#"{"prompt":"a","max_tokens":9999}"#)) == 4096)
        #expect(terms.tokens(prompt: 9999, try answers(#"{"prompt":"a","max_tokens":1}"#)) == 4096)
        #expect(terms.tokens(prompt: nil, try answers(#"{"prompt":"a","max_tokens":1}"#)) == 4096)
        #expect(terms.tokens(prompt: 100, try answers(#"{"prompt":["a","b"],"max_tokens":50}"#)) == 200)
        #expect(terms.tokens(prompt: nil, try answers(#"{"prompt":"a","n":3}"#)) == 3 * 4096)
    }

    @Test func aReserveForAnswersIsAtMostTheWindow() {
        #expect(terms(answer: 10).answerTokens == 10)
        #expect(terms(answer: 10_000).answerTokens == 4096)
        #expect(terms(window: 3).answerTokens == 1)
    }

    @Test func aPoolIsScarceForRequestsThatDoNotFitTogether() {
        #expect(!terms().isScarce(for: 1500) && terms().isScarce(for: 1501))
    }

    private func served(_ keys: String, budget: String = "560MB") throws -> ServedModel {
        let source = try DeploymentSource()
        return try source.deployment(try source.llama(keys) + "\nmemory: {budget: \(budget)}").models[0]
    }

    private func options(_ model: ServedModel) throws -> LlamaServerOptions {
        guard case .llamaServer(let options)? = model.engine?.launch else { throw CancellationError() }
        return options
    }

    @Test func theContextIsWhatOneRequestMayHave() throws {
        let model = try served(", context: 1024, parallel: 4, pool: 2048")
        #expect(try options(model).cacheTokens == 2048)
        #expect(model.spec.windowTokens == 1024 && model.spec.poolTokens == 2048)
        #expect(
            model.abilities.pool == PoolTerms(poolTokens: 2048, windowTokens: 1024, parallel: 4, answerTokens: 256))
    }

    @Test(arguments: [", context: 1024, parallel: 1", ", context: 1024, parallel: 2, pool: 2048"])
    func whereAllRequestsFitNothingIsReserved(_ keys: String) throws {
        let model = try served(keys)
        #expect(model.spec.poolTokens == nil && model.abilities.pool == nil)
    }

    @Test func aDeclaredMemoryIsForOneWindow() throws {
        let model = try served(", context: 1024, parallel: 4, memory: 100MB", budget: "32GB")
        #expect(try options(model).cacheTokens == 1024)
    }

    @Test func embeddingsAreNoLongerThanWhatTheModelWasTrainedFor() throws {
        let model = try served(", context: 100000, parallel: 3, embeddings: true")
        let options = try options(model)
        #expect(options.contextTokens == 2048 && options.cacheTokens == 3 * 2048)
        #expect(model.abilities.pool == nil && model.spec.poolTokens == nil)
    }
}
