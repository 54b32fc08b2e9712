import EmberCore

// What the machine takes, told to the planner.
extension Coordinator {
    /// Tells the planner what the machine has taken since the last call; without an energy budget only where the edge has
    /// worked since then, so that an idle server's log of events does not grow.
    func measureEnergy() async {
        guard let joules = await energy?.joules() else { return }
        let hasWorked = hasWorkedSinceMeasured()
        let isFirst = !planner.edge.ledger.joulesAreMeasured
        let isWanted = hasWorked || planner.edge.settings.energyBudget != nil
        guard isFirst || (joules > 0 && isWanted) else { return }
        handle(.energyMeasured(joules: joules))
    }

    private func hasWorkedSinceMeasured() -> Bool {
        let isWorking = planner.edge.instances.contains { $0.inFlight > 0 || $0.phase == .loading }
        // What works now has a share in what is measured next.
        defer { hasWorked = isWorking }
        return hasWorked || isWorking
    }
}
