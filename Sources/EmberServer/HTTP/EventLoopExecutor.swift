import NIOCore

/// Runs the asynchronous functions of a task on one event loop, so that what comes in there needs no change of threads.
///
/// The task must not block.
final class EventLoopExecutor: TaskExecutor {
    /// Of the connection that the current task belongs to; nil: of none.
    @TaskLocal static var current: EventLoopExecutor?

    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
