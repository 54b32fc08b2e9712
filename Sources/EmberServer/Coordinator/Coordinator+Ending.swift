import EmberCore

// How the coordinator ends: `Shutdown` says when.
extension Coordinator {
    /// Takes in no further request and no further load. What waits is refused; what runs goes on.
    public func beginDrain() {
        guard drain.begin() else { return }
        for comeback in comebacks { comeback?.cancel() }
        changes.endAll(.failure(.shuttingDown))
        // One by one: where one has held up others, these may run now.
        while let request = requests.firstWaiting { refuse(request, because: .requestCancelled(request)) }
        // Nobody is left to wait for them.
        for index in loads.indices where [.reserved, .loading].contains(planner.edge.instances[index].phase) {
            handle(.unloadRequested(InstanceID(index)))
        }
    }

    /// From now on, what fails is refused and not tried again, as its connection was cut.
    func beginEnding() { isEnding = true }

    /// How many requests have not ended.
    var liveRequests: Int { requests.live }

    /// Ends a request that does not run, or no longer, as Ember ends.
    func refuse(_ request: RequestID, because event: Event) {
        note(request, requests.isHedge(request) ? "hedge refused" : "refused", why: "Ember is shutting down")
        if !requests.isHedge(request) { logTrail(of: request) }
        settle(request) { _ in 0 }
        requests.end(request, .refused(.shuttingDown))
        handle(event)
    }

    /// Stops all engines; requests that wait, or whose engine ends under them, are refused.
    ///
    /// - Parameter atOnce: engines are killed, and save nothing.
    public func shutDown(atOnce: Bool = false) async {
        beginDrain()
        isEnding = true
        isShuttingDown = true
        for request in requests.liveRequests {
            settle(request) { $0.amount }
            requests.end(request, .refused(.shuttingDown))
        }
        await rememberFootprints()
        let (running, loading) = (engines.compactMap { $0 }, loads.compactMap { $0 })
        for index in engines.indices {
            leaving[index] = engines[index] ?? leaving[index]
            engines[index] = nil
        }
        for load in loading { load.cancel() }
        await withTaskGroup(of: Void.self) { group in
            for engine in running {
                group.addTask { [observer] in
                    guard !atOnce else { return await engine.kill() }
                    await observer?.willStop(engine)
                    await engine.stop()
                }
            }
            for load in loading + unloads.compactMap({ $0 }) { group.addTask { await load.value } }
        }
        await clouds.close()
        recorder?.close()
    }

    /// Ends the engines at once that are being stopped.
    func killLeavingEngines() async {
        await withTaskGroup(of: Void.self) { group in
            for engine in leaving.compactMap({ $0 }) { group.addTask { await engine.kill() } }
        }
    }
}
