/// How much of what slots held engines have really reused, by whose prompts they were: a template may move or drop what
/// a conversation said earlier, and an engine may have emptied a slot by itself.
struct ReuseYields: Sendable {
    /// Of those who reuse less than nearly all.
    private var yields: [SlotOwner: Double] = [:]

    /// How far one answer moves the mean.
    private static let weight = 0.25
    private static let nearlyAll = 0.95
    private static let mostOwners = 256

    /// The mean of the latest answers, from 0 to 1; 1 where none has come.
    subscript(owner: SlotOwner) -> Double { yields.isEmpty ? 1 : yields[owner] ?? 1 }

    mutating func note(_ yield: Double, of owner: SlotOwner) {
        // Those that are forgotten count as unknown again; services are few.
        if yields.count >= Self.mostOwners, yields[owner] == nil { yields.removeAll() }
        let mean = self[owner] + Self.weight * (min(yield, 1) - self[owner])
        yields[owner] = mean < Self.nearlyAll ? mean : nil
    }
}
