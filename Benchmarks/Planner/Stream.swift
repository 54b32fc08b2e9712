import EmberCore

/// A server of `pairs` (service, model) pairs and the requests for them: sizes as in the scenario `paper`, popularity
/// by Zipf's law with exponent 0.8, half of all pairs' memory, six requests a pair and minute on average. Who is
/// popular changes slowly: within a stream's length most pairs change places with another one.
struct Stream {
    let catalogue: Catalogue
    var settings: PlannerSettings
    /// The seconds between two requests.
    let gap: Double
    /// Who asks, in turn and over again: long enough that no cache of the processor learns it.
    let asked: [Int32]

    static let tokens = 1000
    private static let gigabytes = [1.5, 3, 3, 6, 7, 13, 14, 26, 30, 40, 60, 65, 80, 120, 180]
    private static let requestsPerPairAndMinute = 6.0
    private static let zipfExponent = 0.8

    /// - Parameters:
    ///   - services: above 1, they share instances; `models` x `services` pairs then.
    ///   - length: of the stream before it begins again, a power of two.
    init(models count: Int, services: Int = 1, length: Int = 1 << 20, seed: UInt64 = 1) {
        var lots = SeededGenerator(seed: seed)
        let models = (0..<count).map { index in
            let size = Self.gigabytes[index % Self.gigabytes.count]
            return ModelSpec(
                name: "model \(index)", residentBytes: Bytes(Int(size * 1e9)), windowTokens: 2000, parallel: 1 << 20,
                typicalTokens: Self.tokens,
                costs: CostRates(
                    load: .perByte(0.0925e-9), cloudPerRequest: 0.082, transmissionPerRequest: 0.0055,
                    inferencePerToken: 2.2e-5, wrongAnswer: 0.025),
                accuracy: .boundedLog(zeroShot: 0.4, gain: 0.07, alpha: 1))
        }
        catalogue = Catalogue(
            models: models,
            services: (0..<services).map {
                ServiceSpec(name: "service \($0)", vanishing: 0.01, demonstrationTokens: 100)
            }, sharing: services == 1 ? .pairs : .instances)
        let memory = models.reduce(0) { $0 + $1.residentBytes.count } / 2
        var settings = PlannerSettings(budget: Bytes(memory))
        settings.queue.residencyPerLoad = 0
        self.settings = settings
        gap = 60 / (Self.requestsPerPairAndMinute * Double(count))
        asked = Self.asked(count, length, &lots)
    }

    private static func asked(_ count: Int, _ length: Int, _ lots: inout SeededGenerator) -> [Int32] {
        var ranks = (0..<count).map { Int32($0) }
        for last in stride(from: count - 1, to: 0, by: -1) {
            ranks.swapAt(last, Int(lots.nextUnit() * Double(last + 1)))
        }
        var cumulated = 0.0
        let sums = (1...count).map { rank -> Double in
            cumulated += power(Double(rank), -zipfExponent)
            return cumulated
        }
        let requestsPerChange = max(1, 2 * length / count)
        return (0..<length).map { request in
            if request % requestsPerChange == 0 {
                ranks.swapAt(Int(lots.nextUnit() * Double(count)), Int(lots.nextUnit() * Double(count)))
            }
            let lot = lots.nextUnit() * cumulated
            return ranks[min(count - 1, sums.partitioningIndex { $0 > lot })]
        }
    }
}

extension Array {
    /// The first index whose element satisfies what all later ones do as well.
    fileprivate func partitioningIndex(_ belongs: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
