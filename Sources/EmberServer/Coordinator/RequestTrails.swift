import EmberCore

/// What has become of the latest requests, by their names; the oldest are forgotten first.
struct RequestTrails {
    static let capacity = 1024
    private static let mostAdmissions = 8

    private var trails: [String: RequestDecisionView] = [:]
    private var order: [String] = []
    private var next = 0

    subscript(name: String) -> RequestDecisionView? { trails[name] }

    mutating func open(_ trail: RequestDecisionView) {
        if order.count < Self.capacity {
            order.append(trail.id)
        } else {
            trails[order[next]] = nil
            order[next] = trail.id
            next = (next + 1) % Self.capacity
        }
        trails[trail.id] = trail
    }

    mutating func note(_ name: String, at time: Time, _ what: String, why: String? = nil, tokens: Int? = nil) {
        trails[name]?.steps.append(.init(time: time.seconds, what: what, why: why, tokens: tokens))
    }

    mutating func choose(_ model: String, isCloud: Bool, for name: String) {
        trails[name]?.choose(model, isCloud: isCloud)
    }

    /// An admission of a model concerns all that wait for it.
    mutating func note(_ decision: DecisionView, for names: [String]) {
        for name in names where (trails[name]?.admissions.count ?? 0) < Self.mostAdmissions {
            trails[name]?.admissions.append(decision)
        }
    }
}
