/// A short digest of effects and their order (FNV-1a, 32 bits): two runs that differ are found out, but for one chance
/// in four thousand million at each event.
public struct EffectDigest: Hashable, Sendable {
    private var value: UInt32 = 0x811C_9DC5

    public init(_ effects: [Effect]) {
        for effect in effects { add(effect) }
    }

    init?(hex: some StringProtocol) {
        guard hex.count == 8, let value = UInt32(hex, radix: 16) else { return nil }
        self.value = value
    }

    /// Eight digits.
    var hex: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    private mutating func add(_ effect: Effect) {
        switch effect {
        case .beginLoad(let instance): add(1, instance.index)
        case .beginUnload(let instance, let reason): add(2, instance.index, Self.number(reason))
        case .dispatch(let request, let instance): add(5, request.index, instance.index)
        case .offload(let request, let reason): add(6, request.index, Self.number(reason))
        case .enqueue(let request): add(7, request.index)
        case .reject(let request, let rejection): add(8, request.index, Self.number(rejection))
        case .trial(let request): add(9, request.index)
        case .makeRoom(let instance, let tokens): add(10, instance.index, tokens)
        }
    }

    private mutating func add(_ numbers: Int...) {
        for number in numbers {
            var rest = UInt64(bitPattern: Int64(number))
            for _ in 0..<8 {
                value = (value ^ UInt32(rest & 0xFF)) &* 0x0100_0193
                rest >>= 8
            }
        }
    }

    // Numbers of their own: a new case must not change what old logs mean.

    private static func number(_ reason: UnloadReason) -> Int {
        switch reason {
        case .evicted(let newcomer): 100 + newcomer.index
        case .idle: 1
        case .requested: 2
        case .overBudget: 3
        }
    }

    private static func number(_ reason: OffloadReason) -> Int {
        switch reason {
        case .cloudModel: 1
        case .neverFits: 2
        case .notAdmitted: 3
        case .draining: 4
        case .engineFailed: 5
        case .queueFull: 6
        case .waitedTooLong: 7
        case .energySpent: 8
        case .cheaper: 9
        case .deadline: 10
        case .overBudget: 11
        case .unfit: 12
        case .unloaded: 13
        case .modelRemoved: 14
        }
    }

    private static func number(_ rejection: Rejection) -> Int {
        switch rejection {
        case .queueFull: 1
        case .modelQueueFull: 2
        case .waitedTooLong: 3
        case .neverFits: 4
        case .modelFailed: 5
        case .engineFailed: 6
        case .deadline: 7
        case .cloudFailed: 8
        case .overBudget: 9
        case .requestNeedsTooMuch: 10
        case .unloaded: 11
        case .modelRemoved: 12
        }
    }
}
