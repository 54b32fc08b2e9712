import EmberCore
import EmberEngine
import EmberSystem

// Whether an engine that does not answer has died.
extension EngineKeeper {
    /// How long the news of a death may take: where the engine may well live, and where it does not.
    private static let newsPatience = Duration.milliseconds(250)
    private static let endPatience = Duration.seconds(30)

    /// Called when an engine's connection broke: gives the news of its death time to arrive before the request's
    /// failure is handled, so that the request is not sent to the dead engine once more.
    ///
    /// - Returns: how it has ended; nil where it lives.
    @discardableResult
    func confirm(_ route: EdgeRoute, for coordinator: isolated Coordinator) async -> EngineExit? {
        // Its connections were cut, and it is well.
        guard !coordinator.drain.isEnding else { return nil }
        // One that is being ended is gone once its memory is free, which takes a while where that is much.
        let isBeingEnded = self[route.instance].isOverBudget
        var exit = await time.exit(of: route.engine, within: isBeingEnded ? Self.endPatience : Self.newsPatience)
        if exit == nil, !isBeingEnded, await !route.engine.isListening() {
            exit = await time.exit(of: route.engine, within: Self.endPatience)
        }
        if let exit { didExit(route.instance, route.engine, exit, for: coordinator) }
        return exit
    }
}

extension TimeSource {
    /// How the engine ends; nil where it has not within that time.
    func exit(of engine: any ResidentEngine, within patience: Duration) async -> EngineExit? {
        await within(patience) { await engine.exitedUnlessCancelled() } ?? nil
    }
}
