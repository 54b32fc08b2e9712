import EmberSystem

extension WorkQueue {
    /// For work on the store's files beside that of its database's own threads.
    static let store = WorkQueue.system("ember.store.blocking", .concurrent)
}
