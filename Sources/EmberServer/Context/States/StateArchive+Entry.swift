import EmberContext

extension StateArchive {
    /// A saved state: what its record says.
    package struct Entry: Sendable, Hashable {
        /// The record's own digest, which its files are named by.
        let id: KeyedDigest
        let origin: StateOrigin
        let tokens: Int
        /// Of the prompt alone, as its engine has counted them; 0: not known.
        let counted: Int
        package let bytes: Int
        /// As the file had it when it was saved.
        let checksum: String
        /// Counts the states that were saved: clocks may go back.
        let serial: Int
        let life: Life

        /// Under which engines find it.
        package var name: String { id.hexadecimal + StateFiles.ending }
        /// The digest of the prefix that it begins with.
        var prefix: String { origin.prefix }

        /// Its chain, to be compared with that of a prompt which begins with the same.
        func chain(like prompt: PromptChain) -> PromptChain {
            PromptChain(marks: origin.chain.marks, isText: prompt.isText)
        }
    }

    /// How long a state stays.
    struct Life: Sendable, Hashable {
        /// When it was saved, in seconds since 1970.
        let began: Double
        /// Infinite: until there is no room for it.
        let seconds: Double

        /// What is left of it. One that has begun in the future, by a clock that was wrong, begins now.
        func left(at time: Double) -> Double { seconds - max(0, time - began) }
    }

    /// A saved conversation, for a prompt that begins with the same.
    package struct Match: Sendable {
        package let entry: Entry
        /// How much of the prompt both have, up to the end of a piece.
        package let sharedBytes: Int

        /// Tokens of that: of a whole prompt as they were counted, else in proportion.
        var sharedTokens: Int {
            let (all, bytes) = (entry.counted > 0 ? entry.counted : entry.tokens, entry.origin.chain.bytes)
            return sharedBytes >= bytes ? all : Int(Double(all) * Double(sharedBytes) / Double(bytes))
        }
    }

    /// A state that an engine is writing, until `finishSaving` or `giveUpSaving`.
    package struct Saving: Sendable {
        /// The name of the file that the engine is to write.
        package let part: String
        let number: Int
        let origin: StateOrigin
        /// Tokens of the prompt alone; 0: not known.
        let counted: Int
        let keepSeconds: Double
    }
}
