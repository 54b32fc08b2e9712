import EmberCore
import Testing

/// What effects are written as: logs of earlier versions must go on meaning the same. FNV-1a over numbers of eight
/// bytes each.
@Suite struct DigestGoldens {
    private static let digests: [(effect: Effect, hex: String)] = [
        (.beginLoad(InstanceID(3)), "4d31b427"),
        (.beginUnload(InstanceID(1), .evicted(for: InstanceID(4))), "ee6bb1ce"),
        (.beginUnload(InstanceID(1), .idle), "6545c447"),
        (.beginUnload(InstanceID(1), .requested), "4d21a6e4"),
        (.beginUnload(InstanceID(1), .overBudget), "aa830605"),
        (.dispatch(RequestID(7), InstanceID(2)), "36a95745"),
        (.offload(RequestID(7), .cloudModel), "1af12345"),
        (.offload(RequestID(7), .neverFits), "78528266"),
        (.offload(RequestID(7), .notAdmitted), "d5b3e187"),
        (.offload(RequestID(7), .draining), "480a47a0"),
        (.offload(RequestID(7), .engineFailed), "a56ba6c1"),
        (.offload(RequestID(7), .queueFull), "02cd05e2"),
        (.offload(RequestID(7), .waitedTooLong), "602e6503"),
        (.offload(RequestID(7), .energySpent), "a89abd2c"),
        (.offload(RequestID(7), .cheaper), "05fc1c4d"),
        (.offload(RequestID(7), .deadline), "635d7b6e"),
        (.offload(RequestID(7), .overBudget), "c0beda8f"),
        (.offload(RequestID(7), .unfit), "331540a8"),
        (.offload(RequestID(7), .unloaded), "90769fc9"),
        (.enqueue(RequestID(7)), "e47aafa5"),
        (.reject(RequestID(7), .queueFull), "0920380b"),
        (.reject(RequestID(7), .modelQueueFull), "f0fc1aa8"),
        (.reject(RequestID(7), .waitedTooLong), "4e5d79c9"),
        (.reject(RequestID(7), .neverFits), "2144556e"),
        (.reject(RequestID(7), .modelFailed), "7ea5b48f"),
        (.reject(RequestID(7), .engineFailed), "6681972c"),
        (.reject(RequestID(7), .deadline), "c3e2f64d"),
        (.reject(RequestID(7), .cloudFailed), "c0b3dfe2"),
        (.reject(RequestID(7), .overBudget), "1e153f03"),
        (.reject(RequestID(7), .requestNeedsTooMuch), "05f121a0"),
        (.reject(RequestID(7), .unloaded), "635280c1"),
        (.trial(RequestID(7)), "7a8849ab"),
        (.makeRoom(InstanceID(2), tokens: 300), "50e63f86"),
    ]

    private func digest(_ effects: [Effect]) -> String {
        let line = RecordedEvent(time: .zero, event: .tick, digest: EffectDigest(effects)).line
        return String(line.split(separator: " ").last?.dropFirst() ?? "")
    }

    @Test func everyEffectHasItsOwn() {
        for (effect, hex) in Self.digests { #expect(digest([effect]) == hex, "\(effect)") }
        #expect(Set(Self.digests.map(\.hex)).count == Self.digests.count)
    }

    @Test func theirOrderCounts() {
        let effects: [Effect] = [.enqueue(RequestID(7)), .dispatch(RequestID(7), InstanceID(2))]
        #expect(digest([]) == "811c9dc5" && digest(effects) == "8752fd25" && digest(effects.reversed()) == "63e8c925")
    }
}
