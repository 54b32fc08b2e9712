import EmberCore

// What the machine takes, measured for the planner.
extension Coordinator {
    /// Tells the planner what the machine has taken since the last call; without an energy budget only where the edge
    /// has worked since then, so that an idle server's log of events does not grow.
    func measureEnergy() async {
        guard let joules = await engines.energy?.joules() else { return }
        let isWorking = edge.instances.contains { $0.inFlight > 0 || $0.phase == .loading }
        let hasWorked = engines.energy?.takeWork(goesOn: isWorking) == true || isWorking
        let isFirst = !edge.ledger.joulesAreMeasured
        let isWanted = hasWorked || edge.settings.energy.budget != nil
        guard isFirst || (joules > 0 && isWanted) else { return }
        handle(.energyMeasured(joules: joules))
    }
}
