import EmberCore
import Foundation

/// What each pair has served and been asked: plain lists of instants, from which kappa and shares are worked out.
struct Memories {
    let catalogue: Catalogue
    var served: [[Double]]
    var asked: [[Double]]
    /// What a driver last said of a pair; then nothing served counts any more.
    var told: [Told?]
    /// What a pair held when the catalogue changed last; what was served since comes on top.
    var begun: [Told?]

    struct Told {
        let examples: Double
        let worth: Double
        let at: Double
    }

    init(_ catalogue: Catalogue) {
        self.catalogue = catalogue
        served = Array(repeating: [], count: catalogue.models.count * catalogue.services.count)
        asked = served
        told = Array(repeating: nil, count: served.count)
        begun = told
    }

    func pair(_ service: Int, _ model: Int) -> Int { service * catalogue.models.count + model }

    mutating func lose(_ service: Int, _ model: Int, at now: Double) {
        served[pair(service, model)] = []
        begun[pair(service, model)] = nil
        if told[pair(service, model)] != nil { told[pair(service, model)] = Told(examples: 0, worth: 0, at: now) }
    }

    /// kappa, by the law of the system model, from the instants of all requests served since it was last cleared.
    func kappa(_ service: Int, _ model: Int, at now: Double) -> Double {
        let vanishing = catalogue.services[service].vanishing
        let window = window(service, model)
        if let told = told[pair(service, model)] {
            return max(0, min(told.worth, told.examples, window) - vanishing * (now - told.at))
        }
        let begun = begun[pair(service, model)]
        let held = begun?.examples ?? 0
        var (kappa, last) = (min(begun?.worth ?? 0, held), begun?.at ?? 0)
        for (count, instant) in served[pair(service, model)].enumerated() {
            let faded = max(0, kappa - vanishing * (instant - last))
            kappa = min(min(window, held + Double(count + 1)), faded + 1)
            last = instant
        }
        return max(0, kappa - vanishing * (now - last))
    }

    /// K.
    func examples(_ service: Int, _ model: Int) -> Double {
        let place = pair(service, model)
        if let told = told[place] { return min(window(service, model), told.examples) }
        return min(window(service, model), (begun[place]?.examples ?? 0) + Double(served[place].count))
    }

    private func window(_ service: Int, _ model: Int) -> Double {
        Double(catalogue.models[model].windowTokens) / Double(catalogue.services[service].demonstrationTokens)
    }

    private func weight(_ service: Int, _ model: Int, at now: Double) -> Double {
        var (weight, last) = (0.0, 0.0)
        for instant in asked[pair(service, model)] {
            weight = weight * exp2(-(instant - last) / 600) + 1
            last = instant
        }
        return weight * exp2(-(now - last) / 600)
    }

    /// Rule 23, last sentence.
    func age(of engine: Int, at now: Double) -> Double {
        let model = engine % catalogue.models.count
        guard catalogue.sharing == .instances, catalogue.services.count > 1 else {
            return kappa(catalogue.sharing == .pairs ? engine / catalogue.models.count : 0, model, at: now)
        }
        let services = Array(catalogue.services.indices)
        let weights = services.map { weight($0, model, at: now) }
        let kappas = services.map { kappa($0, model, at: now) }
        let sum = weights.reduce(0, +)
        if sum == 0 { return kappas.reduce(0, +) / Double(services.count) }
        return zip(weights, kappas).map(*).reduce(0, +) / sum
    }
}

/// The policies that the oracle knows.
enum Yardstick {
    case leastContext(gated: Bool)
    case leastFrequent(gated: Bool)
    case leastRecent
    case firstIn
    case cloud

    var loads: Bool { if case .cloud = self { false } else { true } }

    static let named: [String: Yardstick] = [
        "least-context": .leastContext(gated: false), "least-context-gated": .leastContext(gated: true),
        "lfu": .leastFrequent(gated: false), "lfu-gated": .leastFrequent(gated: true),
        "lru": .leastRecent, "fifo": .firstIn, "cloud": .cloud,
    ]
}

/// The order of requests and loads, for the policies that look at nothing else.
struct Chronicle {
    var requests: [Int] = []
    var loads: [Int] = []
}
