import EmberMetrics

/// What is read at a scrape from the counters of contexts.
enum ContextFamilies {
    /// A family, and what it has of the counters.
    struct Entry: Sendable {
        let family: MetricFamily
        let value: @Sendable (ContextCounters) -> Int

        fileprivate init(_ name: String, _ help: String, _ value: @escaping @Sendable (ContextCounters) -> Int) {
            (family, self.value) = (StateFamilies.counter(name, help), value)
        }
    }

    static let savedStates = StateFamilies.gauge("ember_saved_states", "KV states on the disk.")
    static let savedBytes = StateFamilies.gauge("ember_saved_state_bytes", "Bytes of KV states on the disk.")

    static let entries = demonstrations + states + slots

    private static let demonstrations = [
        Entry("ember_requests_with_demonstrations_total", "Requests that demonstrations went into.") {
            $0.demonstrations.requestsWithDemonstrations
        },
        Entry("ember_demonstrations_total", "Demonstrations that went into prompts.") {
            $0.demonstrations.demonstrations
        },
        Entry("ember_demonstrations_learned_total", "Answers that became demonstrations.") {
            $0.demonstrations.learned
        },
        Entry("ember_missed_embeddings_total", "Requests whose text was not embedded in time.") {
            $0.demonstrations.missedEmbeddings
        },
    ]

    private static let states = [
        Entry("ember_state_saves_total", "Slots whose KV state was saved.") { $0.states.saves },
        Entry("ember_state_saved_tokens_total", "Tokens of KV states that were saved.") { $0.states.savedTokens },
        Entry("ember_state_restores_total", "KV states that were read back.") { $0.states.restores },
        Entry("ember_state_restored_tokens_total", "Tokens of KV states that were read back.") {
            $0.states.restoredTokens
        },
        Entry("ember_state_failed_saves_total", "Saves that an engine or the disk did not do.") {
            $0.states.failedSaves
        },
        Entry("ember_state_failed_restores_total", "KV states that an engine refused.") { $0.states.failedRestores },
        Entry("ember_state_restores_without_reuse_total", "KV states that were read back and not used.") {
            $0.states.restoresWithoutReuse
        },
        Entry("ember_state_damaged_total", "Saved KV states that were not as they had been saved.") {
            $0.states.damagedStates
        },
        Entry("ember_state_evicted_total", "Saved KV states that were removed for want of room.") {
            $0.states.evictedStates
        },
        Entry("ember_state_expired_total", "Saved KV states that were removed after their time (keep).") {
            $0.states.expiredStates
        },
        Entry("ember_state_forgotten_total", "Saved KV states that a client deleted.") { $0.states.forgottenStates },
    ]

    private static let slots = [
        Entry("ember_slot_reused_tokens_total", "Tokens of prompts that slots had already.") {
            $0.slots.reusedTokens
        },
        Entry("ember_slot_expected_tokens_total", "Tokens of prompts that slots were expected to have already.") {
            $0.slots.expectedTokens
        },
        Entry("ember_slot_shortfalls_total", "Answers that reused less than nine tenths of what was expected.") {
            $0.slots.shortfalls
        },
        Entry("ember_slot_refused_erasures_total", "Slots that an engine refused to erase for another tenant.") {
            $0.slots.refusedErasures
        },
        Entry("ember_slot_emptied_total", "Idle slots that were emptied for what was to run.") {
            $0.slots.emptiedForRoom
        },
        Entry("ember_prefills_total", "Prefixes that were computed ahead of any request.") { $0.slots.prefills },
        Entry("ember_abandoned_prefills_total", "Of these, those given up for a request.") {
            $0.slots.abandonedPrefills
        },
    ]
}
