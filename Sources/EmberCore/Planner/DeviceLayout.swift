/// Where the memory of an instance is: on one device, or divided over several.
public struct DeviceLayout: Hashable, Codable, Sendable {
    /// What one device has of it.
    public struct Part: Hashable, Codable, Sendable {
        public let device: Int
        /// Its share, out of the sum of all weights.
        public let weight: Int
    }

    public let parts: [Part]
    private let sum: Int

    /// - Parameter parts: at least one; all weights are above 0.
    private init(_ parts: [Part]) {
        self.parts = parts
        sum = parts.reduce(0) { $0 + $1.weight }
    }

    public var isSplit: Bool { parts.count > 1 }

    /// The layouts that a model may have, in the order in which they are tried.
    public static func all(of model: ModelSpec, _ budgets: [Bytes]) -> [DeviceLayout] {
        let rule = model.devices ?? DeviceRule()
        let named = rule.devices.isEmpty ? Array(budgets.indices) : rule.devices
        let usable = named.filter { budgets.indices.contains($0) && budgets[$0] > .zero }
        if !rule.split.isEmpty {
            guard usable == named, rule.split.count == named.count else { return [] }
            return [DeviceLayout(zip(named, rule.split).map { Part(device: $0, weight: $1) })]
        }
        let whole = usable.map { DeviceLayout([Part(device: $0, weight: 1)]) }
        guard usable.count > 1, rule.mayDivide else { return whole }
        return whole + [DeviceLayout(usable.map { Part(device: $0, weight: budgets[$0].count) })]
    }

    /// What the part's device has of an amount, rounded up.
    func share(of bytes: Bytes, _ part: Part) -> Bytes {
        guard isSplit else { return bytes }
        let (share, rest) = sum.dividingFullWidth(bytes.count.multipliedFullWidth(by: part.weight))
        return Bytes(rest > 0 ? share + 1 : share)
    }

    /// The largest amount of which no device has more than it has free.
    ///
    /// - Parameter free: by device.
    public func largest(within free: [Bytes]) -> Bytes {
        var largest = Bytes(.max)
        for part in parts {
            let own = free[part.device]
            guard isSplit, own > .zero else {
                largest = min(largest, own)
                continue
            }
            let product = UInt(own.count).multipliedFullWidth(by: UInt(sum))
            // Else more than any amount.
            guard product.high < UInt(part.weight) else { continue }
            largest = min(largest, Bytes(Int(clamping: UInt(part.weight).dividingFullWidth(product).quotient)))
        }
        return largest
    }
}
