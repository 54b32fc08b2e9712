/// What must be freed of each device.
struct DeviceShortage {
    /// By device; below zero: that is to spare.
    private var missing: [Bytes]

    init(_ missing: [Bytes]) { self.missing = missing }

    var isMet: Bool { missing.allSatisfy { $0 <= .zero } }
    /// Over all devices that lack memory.
    var total: Bytes { missing.reduce(.zero) { $0 + max(.zero, $1) } }
    /// Over all devices, where it is met.
    var spare: Bytes { missing.reduce(.zero) { $0 - $1 } }

    /// Whether a resident of that layout has something of a device that lacks memory.
    func isEased(by layout: DeviceLayout) -> Bool { layout.parts.contains { missing[$0.device] > .zero } }

    mutating func free(_ bytes: Bytes, of layout: DeviceLayout) {
        for part in layout.parts { missing[part.device] -= layout.share(of: bytes, part) }
    }
}
