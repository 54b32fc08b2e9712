/// A device's memory as the planner counts it.
public struct DeviceUse: Hashable, Sendable {
    public let budget: Bytes
    /// Of everything loading, resident or leaving.
    public let occupied: Bytes
    /// Of what will be in memory once everything under way is done.
    public let committed: Bytes
}

// Where things are, if there are several devices.
extension EdgeState {
    /// By device.
    public var devices: [DeviceUse] {
        guard let devices = memory.devices else {
            return [DeviceUse(budget: memory.budget, occupied: occupied, committed: committed)]
        }
        return zip(devices.budgets, devices.totals).map {
            DeviceUse(budget: $0, occupied: $1.occupied, committed: $1.committed)
        }
    }

    /// Which instances are where; nil: there is only one device.
    public var deviceLedger: DeviceLedger? { memory.devices }
}
