import EmberCore

/// What one device has of a layout.
struct DeviceShare: Equatable {
    let device: Int
    let weight: Int
}

/// What a newcomer is admitted with.
struct Verdict {
    let victims: [Int]
    let layout: [DeviceShare]
}

// Rule 49; a single device is one of several.
extension SlowPlanner {
    var budgets: [Int] { settings.devices.map(\.count) }

    func layouts(_ target: Int) -> [[DeviceShare]] {
        guard budgets.count > 1 else { return [[DeviceShare(device: 0, weight: 1)]] }
        let rule = spec(target).devices ?? DeviceRule()
        let named = rule.devices.isEmpty ? Array(budgets.indices) : rule.devices
        if !rule.split.isEmpty {
            return [named.indices.map { DeviceShare(device: named[$0], weight: rule.split[$0]) }]
        }
        let whole = named.map { [DeviceShare(device: $0, weight: 1)] }
        return named.count == 1 || !rule.mayDivide
            ? whole : whole + [named.map { DeviceShare(device: $0, weight: budgets[$0]) }]
    }

    func layout(_ target: Int) -> [DeviceShare]? { engines[target].phase == .absent ? nil : engines[target].layout }

    func share(_ amount: Int, _ layout: [DeviceShare]?, _ device: Int) -> Int {
        guard let layout, let part = layout.first(where: { $0.device == device }) else { return 0 }
        let all = layout.map(\.weight).reduce(0, +)
        return (amount * part.weight + all - 1) / all
    }

    func footprint(_ target: Int, _ device: Int) -> Int { share(engines[target].bytes, layout(target), device) }

    /// Of requests beside the first of their engine.
    func beside(_ device: Int) -> Int {
        engines.indices.map { share(max(0, running($0).count - 1) * engines[$0].peak, layout($0), device) }
            .reduce(0, +)
    }

    func occupied(_ device: Int) -> Int {
        let inMemory = engines.indices.filter { [.loading, .resident, .leaving].contains(engines[$0].phase) }
        return inMemory.map { footprint($0, device) }.reduce(0, +) + beside(device)
    }

    func committed(_ device: Int) -> Int {
        let stay = engines.indices.filter { target in
            let engine = engines[target]
            return engine.phase == .reserved || engine.comesBack
                || ([.loading, .resident].contains(engine.phase) && engine.leavesFor == nil)
        }
        return stay.map { footprint($0, device) }.reduce(0, +)
    }

    var fullDevices: [Int] { budgets.indices.filter { committed($0) > budgets[$0] } }

    func isOn(_ devices: [Int], _ target: Int) -> Bool {
        layout(target)?.contains { devices.contains($0.device) } == true
    }

    /// Whether every share of a further amount is within its budget.
    func fits(_ amount: Int, _ target: Int, beside taken: (Int) -> Int) -> Bool {
        layout(target)?.allSatisfy { taken($0.device) + share(amount, layout(target), $0.device) <= budgets[$0.device] }
            == true
    }

    func room(_ target: Int) -> Int {
        if let layout = layout(target) { return room(layout, beside: target) }
        return layouts(target).map { room($0, beside: target) }.max() ?? 0
    }

    func room(_ layout: [DeviceShare], beside target: Int) -> Int {
        let pinned = engines.indices.filter { $0 != target && spec($0).isPinned }
        let left = budgets.indices.map { device in
            budgets[device] - pinned.map { footprint($0, device) }.reduce(0, +)
        }
        let amounts = 0...budgets.reduce(0, +)
        return amounts.last { amount in
            layout.allSatisfy { share(amount, layout, $0.device) <= left[$0.device] }
        } ?? -1
    }

    func candidates(_ target: Int) -> [[DeviceShare]] {
        if let layout = layout(target) { return [layout] }
        let whole = layouts(target).filter { $0.count == 1 && engines[target].bytes <= room($0, beside: target) }
        return whole.isEmpty ? layouts(target).filter { $0.count > 1 } : whole
    }

    func devices(_ target: Int) -> Set<Int> { Set(layouts(target).flatMap { $0.map(\.device) }) }

    func mayMeet(_ target: Int, _ other: Int) -> Bool { !devices(target).isDisjoint(with: devices(other)) }

    /// Rule 6: the estimate of the largest other model.
    func largestOther(_ target: Int) -> Int {
        let others = catalogue.models.indices.filter { model in
            let spec = catalogue.models[model]
            guard !spec.isPinned, spec.placement == .edge, spec.base == nil, mayMeet(target, model) else {
                return false
            }
            let pinned = engines.indices.filter { self.spec($0).isPinned && mayMeet($0, model) }
            let room =
                devices(model).map { budgets[$0] }.reduce(0, +)
                - pinned.map { self.spec($0).residentBytes.count }.reduce(0, +)
            return spec.residentBytes.count <= room
        }
        return others.map { catalogue.models[$0].residentBytes.count }.max() ?? 0
    }

    /// Rule 17: a layout with its victims, or nothing.
    func choose(_ newcomer: Int, _ evictable: [Int], below claim: Double) -> Verdict? {
        let bytes = engines[newcomer].bytes
        func missing(_ layout: [DeviceShare]) -> [Int: Int] {
            Dictionary(
                uniqueKeysWithValues: layout.map {
                    ($0.device, share(bytes, layout, $0.device) - (budgets[$0.device] - committed($0.device)))
                })
        }
        let fitting = candidates(newcomer).filter { missing($0).values.allSatisfy { $0 <= 0 } }
        func spare(_ layout: [DeviceShare]) -> Int { -missing(layout).values.reduce(0, +) }
        if let tightest = fitting.map(spare).min(), let layout = fitting.first(where: { spare($0) == tightest }) {
            return Verdict(victims: [], layout: layout)
        }
        let verdicts = candidates(newcomer).compactMap { layout -> Verdict? in
            var (left, victims) = (missing(layout), [Int]())
            for candidate in byScore(evictable) where left.contains(where: { $1 > 0 && isOn([$0], candidate) }) {
                victims.append(candidate)
                for device in left.keys { left[device]? -= footprint(candidate, device) }
            }
            guard left.values.allSatisfy({ $0 <= 0 }), victims.allSatisfy({ score($0) < claim }) else { return nil }
            return Verdict(victims: victims, layout: layout)
        }
        let least = verdicts.map { $0.victims.map(score).reduce(0, +) }.min()
        return verdicts.first { $0.victims.map(score).reduce(0, +) == least }
    }
}
