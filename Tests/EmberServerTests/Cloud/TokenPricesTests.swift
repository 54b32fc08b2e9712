import Testing

@testable import EmberServer

/// What a request can cost at most, worked by hand: 2 for a million tokens read, 30 for a million written.
@Suite struct TokenPricesTests {
    private let prices = TokenPrices(input: 2, output: 30, maxTokens: 500, maxInputTokens: 10_000)

    private static let sizes: [(CloudRequestSize, millionths: Int)] = [
        (CloudRequestSize(), 15_000),
        (CloudRequestSize(mostInputTokens: 1000), 17_000),
        (CloudRequestSize(mostInputTokens: 1000, maxTokens: 0), 2000),
        (CloudRequestSize(mostInputTokens: 1000, maxTokens: 7), 2210),
        (CloudRequestSize(mostInputTokens: 1000, maxTokens: 7, answers: 4), 2840),
        (CloudRequestSize(mostInputTokens: 1000, answers: 4), 62_000),
        // What the body refers to comes on top of what is in it.
        (CloudRequestSize(mostInputTokens: 1000, maxTokens: 7, refersElsewhere: true), 22_210),
        (CloudRequestSize(mostInputTokens: 0, maxTokens: 0, refersElsewhere: true), 20_000),
        (CloudRequestSize(mostInputTokens: 20_000, maxTokens: 0, refersElsewhere: true), 60_000),
        (CloudRequestSize(mostInputTokens: 1000, maxTokens: 7, answers: 3, refersElsewhere: true), 22_630),
    ]

    @Test(arguments: sizes)
    func theWorstIsWhatItSays(_ size: CloudRequestSize, _ millionths: Int) {
        #expect(abs(prices.worst(of: size) - Double(millionths) / 1_000_000) < 1e-12)
    }

    /// Whatever a request asks more of, it can never cost less.
    @Test func moreOfAnythingIsNeverCheaper() {
        var sizes: [CloudRequestSize] = []
        for bytes in [0, 1, 5000] {
            for tokens in [nil, 0, 1, 500, 1 << 30] {
                for answers in [1, 2, 100] {
                    sizes.append(CloudRequestSize(mostInputTokens: bytes, maxTokens: tokens, answers: answers))
                }
            }
        }
        sizes += sizes.map { size in
            var size = size
            size.refersElsewhere = true
            return size
        }
        for size in sizes {
            let worst = prices.worst(of: size)
            var others = [size, size, size, size]
            others[0].mostInputTokens += 1
            others[1].maxTokens = size.maxTokens.map { $0 + 1 }
            others[2].answers += 1
            others[3].refersElsewhere = true
            for other in others { #expect(prices.worst(of: other) >= worst, "\(size) to \(other)") }
            #expect(prices.worst(of: others[0]) > worst)
            if size.maxTokens != 0 { #expect(prices.worst(of: others[2]) > worst) }
        }
    }

    /// As an upstream bills: no more than the worst, where it keeps to the bounds.
    @Test func aBillIsReadTokensAndWrittenTokens() {
        #expect(abs(prices.price(input: 1000, output: 10) - 0.0023) < 1e-12)
        #expect(prices.price(input: 0, output: 0) == 0)
        #expect(prices.price(input: 1, output: 0) == 2e-6 && prices.price(input: 0, output: 1) == 30e-6)
    }

    @Test func freeTokensCostNothing() {
        let free = TokenPrices(input: 0, output: 0, maxTokens: 500)
        #expect(free.worst(of: CloudRequestSize(mostInputTokens: 1 << 30, answers: 128, refersElsewhere: true)) == 0)
    }
}
