import EmberSystem
import Logging
import ServiceLifecycle

/// How Ember ends, in the order in which clients, upstreams and engines are notified.
///
/// 1. Nothing new is taken in; what waits is refused; idle connections are closed.
/// 2. What runs may finish for as long as `drainSeconds` says.
/// 3. Then it is cut off, and its clients get an error.
/// 4. Engines save what is worth it, and are stopped.
///
/// A second order to stop leaves out the second step, and has the engines killed.
struct Shutdown: Sendable {
    let coordinator: Coordinator
    let keeper: ContextKeeper?
    let client: EngineClient
    let connections: ConnectionTable
    let orders: StopOrders
    let drainSeconds: Double
    let logger: Logger

    private var time: TimeSource { coordinator.time }

    private static let pause = Duration.milliseconds(20)
    /// How long clients may take to read the last error; twice, as clients that are still reading then have it again.
    private var lastWord: Duration { orders.isEndNow ? .milliseconds(500) : .seconds(2) }

    /// Steps 1 to 3: until clients have heard everything, or would not listen.
    func endService(of server: RunningServer) async {
        let deadline = time.now.advanced(by: .seconds(drainSeconds))
        await coordinator.beginDrain()
        connections.closeQuiet()
        await keeper?.drain()
        let running = await coordinator.liveRequests
        logger.notice("shutting down", metadata: ["running": "\(running)"])
        await waitUntilIdle(deadline) { orders.isEndNow }
        await cutOff()
        await server.end(within: lastWord)
    }

    private func cutOff() async {
        let left = await coordinator.liveRequests
        if left > 0 { logger.warning("ending what runs", metadata: ["requests": "\(left)"]) }
        coordinator.drain.beginEnding()
        let interrupting = time.later { [client] in await client.interrupt() }
        await waitUntilIdle(time.now.advanced(by: lastWord)) { false }
        interrupting.cancel()
    }

    /// Until no request is left and no answer is under way.
    private func waitUntilIdle(_ deadline: TimeSource.Instant, or isEnough: () -> Bool) async {
        while time.now < deadline, !isEnough(), !Task.isCancelled {
            if await coordinator.liveRequests == 0, connections.busy == 0 { return }
            try? await time.sleep(for: Self.pause)
        }
    }

    /// Step 4.
    func endEngines() async {
        let killing = time.later {
            if await orders.comes(.endNow) { await coordinator.within { await $0.engines.killLeavingEngines(for: $0) } }
        }
        await coordinator.shutDown(atOnce: orders.isEndNow)
        killing.cancel()
        await keeper?.close()
    }
}

/// The HTTP server while it runs, apart from whatever ends Ember: it serves on while Ember drains.
struct RunningServer: Sendable {
    private let group: ServiceGroup
    private let task: Task<Void, any Error>
    private let time: TimeSource

    init(_ application: some Service, logger: Logger, _ time: TimeSource) {
        let group = ServiceGroup(configuration: .init(services: [application], logger: logger))
        self.group = group
        self.time = time
        task = time.later { try await group.run() }
    }

    /// Waits for its end, which before `end` can only be a failure, such as of an address in use.
    func ended() async throws { try await task.value }

    /// Closes the listener and all connections, those that are busy when `patience` is over at the latest.
    func end(within patience: Duration) async {
        await group.triggerGracefulShutdown()
        let alarm = time.later(after: patience) { task.cancel() }
        _ = await task.result
        alarm.cancel()
    }
}
