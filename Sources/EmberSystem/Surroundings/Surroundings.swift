/// What Ember has from outside itself, given at the start: the machine's, or what a test puts in its place.
///
/// Only commands and tests name the machine's own (`system`); every type below takes this value, or the part of it that
/// it needs, when it is made.
public struct Surroundings: Sendable {
    public var time: TimeSource
    /// Draws for names; no decision depends on them.
    public var random: RandomSource
    public var files: any FileSystem
    public var processes: any Processes
    private let makeQueue: @Sendable (_ label: String, WorkQueue.Order, _ isUrgent: Bool) -> WorkQueue

    public static let system = Surroundings(
        time: .system, random: .system, files: SystemFiles(),
        processes: SystemProcesses(time: .system, random: .system)
    ) { .system($0, $1, isUrgent: $2) }

    /// - Parameter makeQueue: a queue of that name.
    public init(
        time: TimeSource, random: RandomSource, files: any FileSystem, processes: any Processes,
        makeQueue: @escaping @Sendable (_ label: String, WorkQueue.Order, _ isUrgent: Bool) -> WorkQueue
    ) {
        (self.time, self.random, self.files) = (time, random, files)
        (self.processes, self.makeQueue) = (processes, makeQueue)
    }

    /// Threads for work that blocks.
    ///
    /// - Parameter isUrgent: false for what may wait while requests are served.
    public func queue(
        _ label: String, _ order: WorkQueue.Order = .serial, isUrgent: Bool = true
    ) -> WorkQueue { makeQueue(label, order, isUrgent) }
}
