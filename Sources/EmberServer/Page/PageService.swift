import Hummingbird

/// What the page has of the server beside the routes that others use, too: its login, its events, its history.
struct PageService: Sendable {
    let report: StateReport
    let authentication: Authentication
    let history: CostHistory
    private let publisher: PagePublisher
    private let planner: PlanRunner?

    /// - Parameter plans: nil where events are not recorded.
    init(_ report: StateReport, keys: AccessKeys, plans: PlanProgram?) {
        self.report = report
        authentication = Authentication(keys: keys, sessions: PageSessions(report.coordinator.surroundings))
        history = CostHistory()
        publisher = PagePublisher(report)
        planner = plans.map { PlanRunner($0, report.coordinator) }
    }

    func add(to router: Router<EmberRequestContext>) {
        SessionRoutes(authentication: authentication).add(to: router)
        EventRoutes(publisher: publisher, authentication: authentication).add(to: router)
        HistoryRoutes(coordinator: report.coordinator, history: history).add(to: router)
        PlanRoutes(runner: planner).add(to: router)
    }
}
