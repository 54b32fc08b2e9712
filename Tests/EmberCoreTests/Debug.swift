import EmberCore
import Testing
@Test func debugOne() {
    var edge = SimulatedEdge(PolicyCatalog.entry(named: "lru")!, .random(seed: 11), seed: 11)
    edge.run()
    for step in edge.steps.suffix(12) { print(step.time.seconds, step.event, step.effects) }
    print(edge.audit.violations)
    for i in edge.planner.edge.instances { print(i) }
    print(edge.planner.edge.occupied, edge.planner.edge.committed)
    for m in edge.scenario.catalogue.models { print(m.residentBytes, m.contextBytes, m.parallel) }
}
