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

    static let capacity = 1024
    private static let mostAdmissions = 8

    /// The trail with the number n is at n modulo the capacity.
    private var trails: [RequestDecisionView] = []
    private var opened = 0

    /// O(capacity).
    subscript(name: String) -> RequestDecisionView? { trails.first { $0.id == name } }

    subscript(place: Place) -> RequestDecisionView? { index(of: place).map { trails[$0] } }

    mutating func open(_ trail: RequestDecisionView) -> Place {
        defer { opened += 1 }
        if opened < Self.capacity { trails.append(trail) } else { trails[opened % Self.capacity] = trail }
        return Place(number: opened)
    }

    mutating func note(
        _ place: Place, at time: Time, _ what: String, why: String? = nil, tokens: Int? = nil,
        slot: SlotUseView? = nil
    ) {
        guard let index = index(of: place) else { return }
        trails[index].steps.append(.init(time: time.seconds, what: what, why: why, tokens: tokens, slot: slot))
    }

    mutating func choose(_ model: String, isCloud: Bool, for place: Place) {
        guard let index = index(of: place) else { return }
        trails[index].choose(model, isCloud: isCloud)
    }

    /// An admission of a model concerns all that wait for it.
    mutating func note(_ decision: DecisionView, for places: [Place]) {
        for index in places.compactMap(index) where trails[index].admissions.count < Self.mostAdmissions {
            trails[index].admissions.append(decision)
        }
    }

    private func index(of place: Place) -> Int? {
        opened - place.number <= Self.capacity ? place.number % Self.capacity : nil
    }
}
