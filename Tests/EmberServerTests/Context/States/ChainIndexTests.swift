import EmberContext
import EmberCore
import Testing

@testable import EmberServer

/// The index finds what a look at every conversation finds.
@Suite struct ChainIndexTests {
    private struct Saved {
        let chain: PromptChain
        let serial: Int
    }

    /// Chains that branch often: a piece of three at each step, and a frame that all have.
    private func chain(_ lots: inout SeededGenerator, _ keys: StateKeys) -> PromptChain {
        var (marks, path) = ([PromptChain.Mark(digest: keys.digest("frame", of: ""), bytes: 0)], [String]())
        for piece in 1...Int.random(in: 1...8, using: &lots) {
            path.append("\(Int.random(in: 0..<3, using: &lots))")
            marks.append(PromptChain.Mark(digest: keys.digest("chain", path, of: ""), bytes: piece * 10))
        }
        return PromptChain(marks: marks)
    }

    @Test(arguments: UInt64(1)...5) func agreesWithALookAtAll(_ seed: UInt64) {
        var (lots, index, saved) = (SeededGenerator(seed: seed), ChainIndex(), [Saved]())
        let keys = StateKeys()
        for serial in 0..<400 {
            if saved.count > 60 || (!saved.isEmpty && Int.random(in: 0..<4, using: &lots) == 0) {
                let gone = saved.remove(at: Int.random(in: saved.indices, using: &lots))
                index.remove(gone.chain, serial: gone.serial)
            }
            let one = Saved(chain: chain(&lots, keys), serial: serial)
            index.insert(one.chain, serial: one.serial)
            saved.append(one)
            let prompt = chain(&lots, keys)
            let most = saved.map { $0.chain.sharedBytes(with: prompt) }.max() ?? 0
            let best = saved.filter { $0.chain.sharedBytes(with: prompt) == most }
                .min { ($0.chain.bytes, $0.serial) < ($1.chain.bytes, $1.serial) }
            let found = index.longest(for: prompt)
            #expect(found?.serial == (most > 0 ? best?.serial : nil) && found?.sharedBytes ?? 0 == most)
            let beginnings = saved.filter { $0.chain.sharedBytes(with: prompt) == $0.chain.bytes }.map(\.serial)
            #expect(index.beginnings(of: prompt).sorted() == beginnings.sorted())
        }
        for one in saved { index.remove(one.chain, serial: one.serial) }
        #expect(index.isEmpty)
    }

    @Test func emptyChainsAreNowhere() {
        var index = ChainIndex()
        index.insert(PromptChain(), serial: 1)
        #expect(index.isEmpty && index.longest(for: PromptChain()) == nil)
    }
}
