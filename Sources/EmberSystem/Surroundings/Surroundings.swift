/// What Ember has from outside itself, given at the start: the machine's, or what a test puts in its place.
///
/// Processes and their sockets are no part of it: the server has engines through `EngineStarter`, and what is behind
/// that is real.
public struct Surroundings: Sendable {
    public var time = TimeSource.system
    /// Draws for names; no decision depends on them.
    public var random = RandomSource.system
    public var files: any FileSystem = SystemFiles()
    /// Makes the queue of that name.
    public var queue: @Sendable (_ label: String, _ isUrgent: Bool) -> WorkQueue = {
        WorkQueue.system($0, isUrgent: $1)
    }

    public static let system = Surroundings()

    public init() {}
}
