import Hummingbird

/// What the page has of the server beside the routes that others use, too: its login, its events, its history.
struct PageService: Sendable {
    let report: StateReport
    let authentication: Authentication
    let history: CostHistory
    private let publisher: PagePublisher

    init(_ report: StateReport, keys: AccessKeys) {
        self.report = report
        authentication = Authentication(keys: keys, sessions: PageSessions(report.coordinator.surroundings))
        history = CostHistory()
        publisher = PagePublisher(report)
    }

    func add(to router: Router<EmberRequestContext>) {
        SessionRoutes(authentication: authentication).add(to: router)
        EventRoutes(publisher: publisher, authentication: authentication).add(to: router)
        HistoryRoutes(coordinator: report.coordinator, history: history).add(to: router)
    }
}
