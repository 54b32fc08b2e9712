@testable import EmberServer

extension SlotWish {
    /// Of a prompt without a chain.
    init(
        owner: SlotOwner, prefix: String, canChoose: Bool = true, answers: Int = 1, room: Int = 0
    ) {
        self.init(
            prompt: SlotHolding(owner: owner, prefix: prefix), canChoose: canChoose, answers: answers, room: room)
    }
}

extension SlotBoard {
    mutating func lease(for owner: SlotOwner, prefix: String) -> Int? {
        lease(for: SlotHolding(owner: owner, prefix: prefix))
    }
}

extension SlotBoard.Content {
    static func held(_ owner: SlotOwner, prefix: String) -> Self { .held(SlotHolding(owner: owner, prefix: prefix)) }
}
