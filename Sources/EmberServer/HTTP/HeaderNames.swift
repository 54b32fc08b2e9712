import HTTPTypes

extension HTTPField.Name {
    /// The key, as Anthropic's clients send it.
    static let apiKey = HTTPField.Name("x-api-key")!
    /// The service that a request belongs to.
    static let service = HTTPField.Name("x-ember-service")!
    /// Where a request ran: `edge`, or `cloud:` and the upstream's name.
    static let servedBy = HTTPField.Name("x-ember-served-by")!
    /// The model that answered.
    static let servedModel = HTTPField.Name("x-ember-model")!
    /// Why a request was offloaded.
    static let offloadReason = HTTPField.Name("x-ember-offload-reason")!
    /// Asks reverse proxies to pass events on as they come.
    static let accelBuffering = HTTPField.Name("x-accel-buffering")!
}
