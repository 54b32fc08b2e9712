import EmberConfig
import EmberCore

// What models are expected to cost.
extension DeploymentBuilder {
    /// What the operator has declared; of what nobody has, what may be expected until it has been measured.
    func declareCosts(of model: ModelConfiguration, _ served: inout ServedModel) {
        let (declared, weights, bytes) = (model.costs, configuration.weights, served.spec.residentBytes)
        var (rates, measured) = (CostRates(), MeasuredTerms())
        func take<Value>(_ value: Value?, _ term: MeasuredTerms, expected: @autoclosure () -> Value) -> Value {
            if value == nil { measured.insert(term) }
            return value ?? expected()
        }
        rates.load = take(declared.load.map { .constant($0) }, .load, expected: weights.expectedLoad(of: bytes))
        served.spec.typicalTokens = Expected.tokens
        rates.inferencePerToken = take(
            declared.token, .inference,
            expected: weights.waitingSecond * Expected.secondsPerToken(bytes, on: configuration.memory.device))
        let price = served.clouds.first?.prices?.price(input: Expected.tokens, output: Expected.tokens) ?? 0
        rates.cloudPerRequest = take(
            declared.cloud, served.clouds.isEmpty ? .absence : .cloud,
            expected: weights.cloud(seconds: Expected.cloudSeconds, bill: price))
        rates.transmissionPerRequest = declared.transmission ?? 0
        rates.wrongAnswer = model.accuracy?.weight ?? 0
        rates.joulesPerToken = take(declared.joules, .energy, expected: 0)
        rates.perJoule = configuration.energy.price
        served.spec.costs = rates
        served.spec.measured = measured
        served.spec.takeCostOfAbsence()
    }

    /// What requests are taken to be like before any has been seen.
    private enum Expected {
        static let tokens = 64
        static let cloudSeconds = 1.0

        /// Decoding reads all weights for each token, here as fast as good memory of its kind: rather too much is hoped for than
        /// too little, since what an edge takes that nobody is sent to is not found out.
        static func secondsPerToken(_ bytes: Bytes, on device: MemoryDevice) -> Double {
            0.002 + Double(bytes.count) / (device == .gpu ? 500e9 : 50e9)
        }
    }
}
