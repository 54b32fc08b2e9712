import EmberCore
import EmberMetrics

/// Writes what is read at a scrape: the planner's state, and what the server's other parts count themselves.
struct StateSamples {
    typealias Samples = [(labels: LabelText, value: Double)]
    typealias Families = StateFamilies

    let registry: MetricRegistry

    // MARK: The planner's

    func write(_ snapshot: MetricsSnapshot, to exposition: inout Exposition) {
        let edge = snapshot.edge
        write(Families.build, 1, EmberVersion.current, to: &exposition)
        write(Families.policy, 1, snapshot.policy, to: &exposition)
        for (family, value) in [
            (Families.uptime, edge.now.seconds), (Families.memoryBudget, Double(edge.settings.budget.count)),
            (Families.memoryOccupied, Double(edge.occupied.count)),
            (Families.memoryCommitted, Double(edge.committed.count)), (Families.waiting, Double(edge.waiting)),
            (Families.queueLimit, Double(edge.settings.queue.limit)), (Families.live, Double(snapshot.liveRequests)),
        ] {
            exposition.write(family, [(.none, value)])
        }
        if edge.deviceLedger != nil { write(edge.devices, to: &exposition) }
        ModelSamples(registry, snapshot).write(to: &exposition)
        write(edge.ledger, to: &exposition)
        write(snapshot.cloud, to: &exposition)
    }

    private func write(_ family: MetricFamily, _ value: Double, _ label: String, to exposition: inout Exposition) {
        exposition.write(family, [(registry.labels(family, label), value)])
    }

    /// - Parameter devices: several GPUs, by number.
    private func write(_ devices: [DeviceUse], to exposition: inout Exposition) {
        func samples(_ family: MetricFamily, _ value: (DeviceUse) -> Bytes) -> Samples {
            devices.enumerated().map { (registry.labels(family, "\($0)"), Double(value($1).count)) }
        }
        exposition.write(Families.gpuBudget, samples(Families.gpuBudget, \.budget))
        exposition.write(Families.gpuOccupied, samples(Families.gpuOccupied, \.occupied))
    }

    private func write(_ ledger: CostLedger, to exposition: inout Exposition) {
        exposition.write(
            Families.cost, CostTerm.allCases.map { (registry.labels(Families.cost, $0.name), ledger[$0]) })
        write(
            Families.joules, ledger.joules, ledger.joulesAreMeasured ? "measured" : "modelled", to: &exposition)
        exposition.write(Families.billed, [(.none, ledger.billed)])
    }

    private func write(_ cloud: MetricsSnapshot.Cloud?, to exposition: inout Exposition) {
        guard let cloud else { return }
        let (view, budget) = (cloud.view, cloud.budget)
        func periods(_ family: MetricFamily, _ day: Double?, _ month: Double?) -> Samples {
            [("day", day), ("month", month)].compactMap { name, value in
                value.map { (registry.labels(family, name), $0) }
            }
        }
        exposition.write(Families.spent, periods(Families.spent, view.spentToday, view.spentThisMonth))
        exposition.write(Families.setAside, [(.none, view.setAside)])
        exposition.write(
            Families.budgetLeft,
            periods(
                Families.budgetLeft, budget.day.map { $0 - view.spentToday },
                budget.month.map { $0 - view.spentThisMonth }))
        func upstreams(_ family: MetricFamily, _ value: (CloudView.Upstream) -> Double) -> Samples {
            view.upstreams.map { (registry.labels(family, $0.name), value($0)) }
        }
        exposition.write(Families.upstreamOpen, upstreams(Families.upstreamOpen) { $0.retrySeconds == nil ? 0 : 1 })
        exposition.write(Families.upstreamFailures, upstreams(Families.upstreamFailures) { Double($0.failures) })
    }

    // MARK: Others'

    func write(_ bodies: BodiesView, to exposition: inout Exposition) {
        exposition.write(Families.bodyRequests, [(.none, Double(bodies.requests))])
        exposition.write(
            Families.bodyBytes,
            [("memory", bodies.bytes - bodies.inFilesBytes), ("files", bodies.inFilesBytes)].map {
                (registry.labels(Families.bodyBytes, $0), Double($1))
            })
        exposition.write(Families.bodyLimit, [(.none, Double(bodies.limitBytes))])
    }

    func write(_ connections: ConnectionsView, to exposition: inout Exposition) {
        exposition.write(Families.connections, [(.none, Double(connections.open))])
        exposition.write(Families.connectionLimit, [(.none, Double(connections.limit))])
        let closed = [
            ("refused", connections.refused), ("given_up", connections.givenUp), ("timed_out", connections.timedOut),
            ("failed", connections.failedAccepts),
        ]
        exposition.write(
            Families.closedConnections,
            closed.map { (registry.labels(Families.closedConnections, $0), Double($1)) })
    }

    func write(_ context: ContextView, to exposition: inout Exposition) {
        for entry in ContextFamilies.entries {
            exposition.write(entry.family, [(.none, Double(entry.value(context.counters)))])
        }
        exposition.write(ContextFamilies.savedStates, [(.none, Double(context.savedStates))])
        exposition.write(ContextFamilies.savedBytes, [(.none, Double(context.savedBytes))])
    }

    func write(_ process: ProcessFigures, to exposition: inout Exposition) {
        for (family, value) in [
            (Families.openDescriptors, process.openDescriptors), (Families.descriptorLimit, process.descriptorLimit),
            (Families.residentMemory, process.residentBytes),
        ] {
            exposition.write(family, value.map { [(.none, Double($0))] } ?? [])
        }
    }
}
