import EmberConfig
import EmberCore

/// What models are expected to cost.
struct CostBuilder: Sendable {
    private let weights: CostWeights
    private let joulePrice: Double
    private let device: MemoryDevice

    init(_ configuration: Configuration) {
        weights = configuration.planning.weights
        joulePrice = configuration.planning.energy.price
        device = configuration.planning.memory.device
    }

    /// Sets what the operator has declared. A term without a declaration gets what may be expected, until it has been
    /// measured.
    func declare(_ model: ModelConfiguration, in served: inout ServedModel) {
        let (declared, bytes) = (model.costs, served.spec.residentBytes)
        var (rates, measured) = (CostRates(), MeasuredTerms())
        func declaredOrExpected<Value>(
            _ value: Value?, _ term: MeasuredTerms, expected: @autoclosure () -> Value
        ) -> Value {
            if value == nil { measured.insert(term) }
            return value ?? expected()
        }
        rates.load = declaredOrExpected(
            declared.load.map { .constant($0) }, .load, expected: weights.expectedLoad(of: bytes))
        served.spec.typicalTokens = Expected.tokens
        rates.inferencePerToken = declaredOrExpected(
            declared.token, .inference,
            expected: weights.waitingSecond * Expected.secondsPerToken(bytes, on: device))
        let price = served.clouds.first?.prices?.price(input: Expected.tokens, output: Expected.tokens) ?? 0
        rates.cloudPerRequest = declaredOrExpected(
            declared.cloud, served.clouds.isEmpty ? .absence : .cloud,
            expected: weights.cloud(seconds: Expected.cloudSeconds, bill: price))
        rates.transmissionPerRequest = declared.transmission ?? 0
        rates.wrongAnswer = model.accuracy?.weight ?? 0
        rates.joulesPerToken = declaredOrExpected(declared.joules, .energy, expected: 0)
        rates.perJoule = joulePrice
        served.spec.costs = rates
        served.spec.measured = measured
        served.spec.takeCostOfAbsence()
    }

    /// What requests are taken to be like before any has been seen.
    private enum Expected {
        static let tokens = 64
        static let cloudSeconds = 1.0

        /// Decoding reads all weights for each token, here as fast as good memory of its kind. That is rather too fast
        /// than too slow: what a model really takes is never measured if no request is sent to it.
        static func secondsPerToken(_ bytes: Bytes, on device: MemoryDevice) -> Double {
            0.002 + Double(bytes.count) / (device == .gpu ? 500e9 : 50e9)
        }
    }
}
