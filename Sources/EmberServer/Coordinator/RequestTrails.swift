import EmberCore

/// What has become of the latest requests; the oldest are forgotten first.
///
/// A request keeps its trail's place, so that nothing is looked up on its way. Only those who ask for a trail go by its
/// name.
struct RequestTrails {
    /// Where a trail is, as long as it is kept.
    struct Place: Sendable, Equatable {
        /// Trails opened before it.
        fileprivate let number: Int
    }

    /// A request as a list shows it.
    struct Row: Sendable {
        let view: RequestRowView
        /// Whose request it is.
        let tenant: Int
        /// Changes of all trails up to its last one: a row with a higher number than one that was seen is news.
        let change: Int
    }

    private struct Trail {
        var view: RequestDecisionView
        let tenant: Int
        var change: Int
        var prefillSeconds: Double?
    }

    static let capacity = 1024
    private static let mostAdmissions = 8

    /// The trail with the number n is at n modulo the capacity.
    private var trails: [Trail] = []
    private var opened = 0
    private var changes = 0

    /// O(capacity).
    subscript(name: String) -> RequestDecisionView? { trails.first { $0.view.id == name }?.view }

    subscript(place: Place) -> RequestDecisionView? { index(of: place).map { trails[$0].view } }

    /// Those that have changed last, in the order of their arrival; at most `count`, of the latest.
    func rows(_ count: Int, changedAfter change: Int) -> [Row] {
        (max(0, opened - min(count, Self.capacity))..<opened).compactMap { number in
            let trail = trails[number % Self.capacity]
            guard trail.change > change else { return nil }
            let view = RequestRowView(trail.view, prefillSeconds: trail.prefillSeconds)
            return Row(view: view, tenant: trail.tenant, change: trail.change)
        }
    }

    mutating func open(_ view: RequestDecisionView, tenant: Int = 0) -> Place {
        defer { opened += 1 }
        changes += 1
        let trail = Trail(view: view, tenant: tenant, change: changes)
        if opened < Self.capacity { trails.append(trail) } else { trails[opened % Self.capacity] = trail }
        return Place(number: opened)
    }

    mutating func note(
        _ place: Place, at time: Time, _ what: String, why: String? = nil, tokens: Int? = nil,
        slot: SlotUseView? = nil, prefillSeconds: Double? = nil
    ) {
        guard let index = change(place) else { return }
        trails[index].view.steps.append(.init(time: time.seconds, what: what, why: why, tokens: tokens, slot: slot))
        trails[index].prefillSeconds = prefillSeconds
    }

    mutating func choose(_ model: String, isCloud: Bool, for place: Place) {
        guard let index = change(place) else { return }
        trails[index].view.choose(model, isCloud: isCloud)
    }

    /// An admission of a model concerns all that wait for it.
    mutating func note(_ decision: DecisionView, for places: [Place]) {
        for index in places.compactMap(index)
        where trails[index].view.admissions.count < Self.mostAdmissions {
            trails[index].view.admissions.append(decision)
        }
    }

    /// - Returns: where the trail is that changes; nil: it is not kept any more.
    private mutating func change(_ place: Place) -> Int? {
        guard let index = index(of: place) else { return nil }
        changes += 1
        trails[index].change = changes
        return index
    }

    private func index(of place: Place) -> Int? {
        opened - place.number <= Self.capacity ? place.number % Self.capacity : nil
    }
}
