import Synchronization

/// What Ember has done with contexts since the start, for the operator and for tests. In JSON the counters are members
/// of one object.
public struct ContextCounters: Codable, Sendable, Equatable {
    public var demonstrations = DemonstrationCounters()
    public var states = StateCounters()
    public var saving = SavingCounters()
    public var slots = SlotCounters()

    init() {}

    public init(from decoder: any Decoder) throws {
        demonstrations = try DemonstrationCounters(from: decoder)
        states = try StateCounters(from: decoder)
        saving = try SavingCounters(from: decoder)
        slots = try SlotCounters(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try demonstrations.encode(to: encoder)
        try states.encode(to: encoder)
        try saving.encode(to: encoder)
        try slots.encode(to: encoder)
    }
}

public struct DemonstrationCounters: Codable, Sendable, Equatable {
    /// Requests that demonstrations went into, and how many in all.
    public var requestsWithDemonstrations = 0
    public var demonstrations = 0
    /// Answers that became demonstrations.
    public var learned = 0
    /// Requests whose place among texts could not be found in time: they got the newest demonstrations.
    public var missedEmbeddings = 0
}

/// Of the KV states that engines write and read back.
public struct StateCounters: Codable, Sendable, Equatable {
    /// In slots and in tokens.
    public var saves = 0
    public var savedTokens = 0
    public var restores = 0
    public var restoredTokens = 0
    /// An engine said that it saved, and had saved nothing; or it could not.
    public var failedSaves = 0
    /// A state that the engine refused, or read back otherwise than it was written.
    public var failedRestores = 0
    /// A state that the engine read back, and did not use: its file is dropped, the prompt was computed again.
    public var restoresWithoutReuse = 0
    /// States that were not as they had been saved, or that another key or version had saved.
    public var damagedStates = 0
    /// Removed for want of room, after `context.keep`, and as a tenant asked for it.
    public var evictedStates = 0
    public var expiredStates = 0
    public var forgottenStates = 0
}

/// Of what decides which states are saved and restored.
public struct SavingCounters: Codable, Sendable, Equatable {
    /// That engines have written, of states that were dropped later, too.
    public var writtenBytes = 0
    /// Saves that `context.write_limit` did not allow.
    public var withheldSaves = 0
    /// Saved conversations that were not restored: to compute their prompts took no longer.
    public var restoresNotWorthIt = 0
    /// Dropped, as three in a row of their service were restored and not used as expected.
    public var distrustedStates = 0
}

/// Of the slots of engines, whose prefixes Ember gives to requests.
public struct SlotCounters: Codable, Sendable, Equatable {
    /// Tokens of prompts that engines did not have to compute again.
    public var reusedTokens = 0
    /// Tokens of prompts that slots held already, as far as earlier answers of the same conversations have said.
    public var expectedTokens = 0
    /// Answers that reused less than nine tenths of that.
    public var shortfalls = 0
    /// Slots that an engine refused to erase when they were to change tenants.
    public var refusedErasures = 0
    /// Idle slots that were emptied because their pool had no room for what was to run.
    public var emptiedForRoom = 0
    /// Prefixes computed ahead of any request, and those given up for one.
    public var prefills = 0
    public var abandonedPrefills = 0
}

/// The counters, shared by all that counts.
package final class ContextCounting: Sendable {
    private let counters = Mutex(ContextCounters())

    package init() {}

    var values: ContextCounters { counters.withLock { $0 } }

    func count(_ change: @Sendable (inout ContextCounters) -> Void) { counters.withLock { change(&$0) } }
}
