public import EmberCore
public import EmberStore

/// What is to be chosen for one request.
public struct SelectionRequest: Sendable {
    public var scope: DemonstrationScope
    public var mode: SelectionMode
    /// Demonstrations at most.
    public var count: Int
    /// Demonstrations judged lower are left out.
    public var leastQuality: Double
    /// Where the request's text lies; nil: not known.
    public var vector: Embedding?

    public init(
        scope: DemonstrationScope, mode: SelectionMode, count: Int, leastQuality: Double = 0, vector: Embedding? = nil
    ) {
        self.scope = scope
        self.mode = mode
        self.count = count
        self.leastQuality = leastQuality
        self.vector = vector
    }

    /// One without a judgement counts as 0.5.
    func admits(_ demonstration: Demonstration) -> Bool { (demonstration.quality ?? 0.5) >= leastQuality }
}

/// What was chosen: the demonstrations in the order of the prompt.
public struct Selection: Sendable, Hashable {
    public var demonstrations: [Demonstration] = []
    /// How many of them other requests' prompts begin with, too.
    public var stableCount = 0
    /// Which of a service's prefixes this is; 0 where there is only one.
    public var prefix = 0
    /// How it was chosen, where that is another way than asked for: without vectors there is nothing near.
    public var mode = SelectionMode.none

    public init() {}

    init(_ demonstrations: [Demonstration], stable: Int, prefix: Int = 0, _ mode: SelectionMode) {
        self.demonstrations = demonstrations
        stableCount = stable
        self.prefix = prefix
        self.mode = mode
    }

    public var turns: [Turn] { demonstrations.map { Turn(prompt: $0.prompt, result: $0.result) } }

    /// Gives up the oldest part of what comes first, so that later requests find a stable beginning again.
    public mutating func dropFirst(_ count: Int) {
        demonstrations.removeFirst(min(count, demonstrations.count))
        stableCount = max(0, stableCount - count)
    }
}
