import EmberCore
import Foundation

func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

/// What driving a planner with requests came to.
struct Driven {
    let requests: Int
    let seconds: Double
    let edgeRequests: Int
    let loads: Int

    var nanoseconds: Double { seconds * 1e9 / Double(requests) }
    var hitRatio: Double { Double(edgeRequests - loads) / Double(requests) }
}

/// What drives a planner. Its own calls are compiled for the planner's type; only these two go through an existential.
protocol PlannerDrive {
    mutating func run(_ requests: Int) -> Driven
    mutating func decisionTimes(_ requests: Int) -> [Double]
}

/// Drives a planner with single requests: each arrives, is decided, is answered, and is charged in full. Loads and
/// unloads are done at once.
struct Drive<P: Planning>: PlannerDrive {
    private var planner: P
    private let stream: Stream
    private var now = 0.0
    private var next = 0
    private var service = 0
    private var effects: [Effect] = []
    private let recordsDecisions: Bool

    init(_ planner: P, _ stream: Stream) {
        self.planner = planner
        self.stream = stream
        recordsDecisions = stream.settings.recordsDecisions
    }

    mutating func run(_ requests: Int) -> Driven {
        let before = planner.edge.ledger
        let began = ContinuousClock.now
        for _ in 0..<requests { step() }
        let seconds = began.duration(to: .now) / .seconds(1)
        let after = planner.edge.ledger
        return Driven(
            requests: requests, seconds: seconds, edgeRequests: after.edgeRequests - before.edgeRequests,
            loads: after.loads - before.loads)
    }

    /// The seconds that each decision took: from the arrival of a request until all that follows from it is known.
    mutating func decisionTimes(_ requests: Int) -> [Double] {
        var times: [Double] = []
        times.reserveCapacity(requests)
        for _ in 0..<requests {
            let event = arrival()
            let began = ContinuousClock.now
            planner.handle(event, at: Time(seconds: now), into: &effects)
            if recordsDecisions { _ = planner.takeDecisions() }
            times.append(began.duration(to: .now) / .seconds(1))
            finish()
        }
        return times
    }

    private mutating func step() {
        planner.handle(arrival(), at: Time(seconds: now), into: &effects)
        if recordsDecisions { _ = planner.takeDecisions() }
        finish()
    }

    private mutating func arrival() -> Event {
        now += stream.gap
        let model = Int(stream.asked[next])
        next = (next + 1) & (stream.asked.count - 1)
        service = service + 1 < stream.catalogue.services.count ? service + 1 : 0
        return .requestArrived(RequestID(0), service: ServiceID(service), model: ModelID(model), offloadable: true)
    }

    private mutating func finish() {
        while let effect = effects.popLast() {
            switch effect {
            case .beginLoad(let instance):
                planner.handle(.loadFinished(instance), at: Time(seconds: now), into: &effects)
            case .beginUnload(let instance, _):
                planner.handle(.unloadFinished(instance), at: Time(seconds: now), into: &effects)
            default: break
            }
        }
        planner.handle(.requestFinished(RequestID(0), tokens: Stream.tokens), at: Time(seconds: now), into: &effects)
    }
}
