/// On which devices a model may be, where the budget has several.
public struct DeviceRule: Hashable, Codable, Sendable {
    /// More devices than this are not counted one by one.
    public static let mostDevices = 64

    /// By number, in the order of their shares; empty: all.
    public var devices: [Int]
    /// It is always divided over them, in these proportions. Empty: it is only divided where it fits none of them
    /// alone, in proportion to their budgets.
    public var split: [Int]
    /// Whether it may be divided without a declared split.
    public var mayDivide: Bool

    public init(devices: [Int] = [], split: [Int] = [], mayDivide: Bool = true) {
        self.devices = devices
        self.split = split
        self.mayDivide = mayDivide
    }

    /// Whether each device is named once, and each share is above 0.
    var isSound: Bool {
        Set(devices).count == devices.count
            && devices.allSatisfy { (0..<Self.mostDevices).contains($0) }
            && (split.isEmpty || split.count == devices.count) && split.allSatisfy { (1...1_000_000).contains($0) }
    }
}
