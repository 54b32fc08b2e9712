import EmberCore

// How the coordinator ends: `Shutdown` says when.
extension Coordinator {
    /// Takes in no further request and no further load. What waits is refused; what runs goes on.
    public func beginDrain() {
        guard drain.begin() else { return }
        engines.beginDrain()
        // One by one: where one has held up others, these may run now.
        while let request = requests.firstWaiting { refuseAtEnd(request, because: .requestCancelled(request)) }
        // No request is left that waits for them.
        for index in engines.lives.indices where [.reserved, .loading].contains(edge.instances[index].phase) {
            handle(.unloadRequested(InstanceID(index)))
        }
    }

    /// How many requests have not ended.
    var liveRequests: Int { requests.count }

    /// Ends a request that does not run, or no longer, as Ember ends.
    func refuseAtEnd(_ request: RequestID, because event: Event) {
        refuse(request, .shuttingDown, "Ember is shutting down")
        handle(event)
    }

    /// Stops all engines; requests that wait, or whose engine ends under them, are refused.
    ///
    /// - Parameter atOnce: engines are killed, and save nothing.
    public func shutDown(atOnce: Bool = false) async {
        beginDrain()
        drain.end()
        for request in requests.all {
            upstreams.charge(&requests[request]) { $0.amount }
            requests.refuse(request, .shuttingDown)
        }
        await engines.shutDown(atOnce: atOnce, for: self)
        await upstreams.close(for: self)
        driver.closeRecord()
    }
}
