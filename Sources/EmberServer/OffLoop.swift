import EmberSystem

extension WorkQueue {
    /// For work of requests and of the coordinator that may block, such as on a slow disk: their tasks run on threads
    /// that other requests wait for.
    static let offLoop = WorkQueue.system("ember.offloop", .concurrent)
}
