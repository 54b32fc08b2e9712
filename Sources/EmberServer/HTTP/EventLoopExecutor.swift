import EmberSystem
import NIOCore
import NIOPosix

/// Runs the asynchronous functions of a task on one event loop, so that what comes in there needs no change of threads.
///
/// The task must not block.
///
/// Unchecked, because its state is touched on the event loop only.
final class EventLoopExecutor: TaskExecutor, @unchecked Sendable {
    /// Of the connection that the current task belongs to; nil: of none.
    @TaskLocal static var current: EventLoopExecutor?

    /// Who the connection is from; nil: not known, as over Unix sockets.
    let client: ClientAddress?
    /// Of the connection's client; nil without a connection.
    let presence: ClientPresence?
    private let channel: (any Channel)?
    private let eventLoop: any EventLoop
    private var isRunning = false
    /// What a running job has brought. It runs right behind it, in the same turn of the event loop.
    private var waiting: [UnownedJob] = []

    /// How many jobs at most run without the event loop's other work in between.
    private static let mostInTurn = 16

    #if DEBUG
        /// Has `assertMayBlock` know event loops, from the first connection on.
        private static let watchesBlocking: Void = BlockingCheck.use {
            MultiThreadedEventLoopGroup.currentEventLoop != nil
        }
    #endif

    convenience init(_ channel: any Channel, presence: ClientPresence) {
        self.init(channel.eventLoop, channel, presence)
    }

    /// Of no connection.
    convenience init(_ eventLoop: any EventLoop) { self.init(eventLoop, nil, nil) }

    private init(_ eventLoop: any EventLoop, _ channel: (any Channel)?, _ presence: ClientPresence?) {
        #if DEBUG
            Self.watchesBlocking
        #endif
        self.eventLoop = eventLoop
        self.channel = channel
        self.presence = presence
        client = ClientAddress(channel?.remoteAddress)
    }

    /// Has the client send the body that it holds back until then.
    func askForBody() { channel?.triggerUserOutboundEvent(BodyWanted(), promise: nil) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if eventLoop.inEventLoop, isRunning {
            waiting.append(job)
        } else {
            eventLoop.execute { self.run(job) }
        }
    }

    private func run(_ job: UnownedJob) {
        isRunning = true
        job.runSynchronously(on: asUnownedTaskExecutor())
        var count = 1
        while !waiting.isEmpty, count < Self.mostInTurn {
            waiting.removeFirst().runSynchronously(on: asUnownedTaskExecutor())
            count += 1
        }
        isRunning = false
        for job in waiting { eventLoop.execute { self.run(job) } }
        waiting.removeAll(keepingCapacity: true)
    }
}

/// Ember wants the body of the request that it is at (RFC 9110, 10.1.1).
struct BodyWanted {}
