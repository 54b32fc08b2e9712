import NIOCore

/// Runs the asynchronous functions of a task on one event loop, so that what belongs to one connection changes threads
/// as seldom as can be.
///
/// The task must not block. What waits for files or processes does so in tasks of its own.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
