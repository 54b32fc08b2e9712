import EmberCore

/// Is notified of engines that come and go.
protocol EngineObserver: Sendable {
    func didLoad(_ model: ModelID, _ engine: any ResidentEngine)
    /// The engine has no requests any more, and stops once this returns.
    func willStop(_ engine: any ResidentEngine) async
    /// A model's files have changed, and were read again.
    func filesHaveChanged()
    /// Another configuration counts, in which these ids mean other models and services than before.
    func configurationHasChanged(reusing models: [ModelID], _ services: [ServiceID])
    /// The engine has ended by itself, or what it has computed is not to be kept.
    func hasEnded(_ engine: any ResidentEngine)
}
