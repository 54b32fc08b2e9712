import EmberServer
import Foundation
import Logging

/// What signals mean to a serving Ember, from its very start on: SIGTERM and SIGINT order it to stop, SIGHUP to read
/// its configuration again; the others, which would end it by default, do not.
final class OperatorSignals: Sendable {
    let orders = StopOrders()
    let reloads = ReloadOrders()
    private let logger: Logger
    private let queue = DispatchQueue(label: "ember.signals")
    private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []
    /// When the first order came; touched on the queue alone.
    private nonisolated(unsafe) var firstOrder: DispatchTime?

    /// Some programs signal both a process and its group: that is one order.
    private static let oneOrder = DispatchTimeInterval.milliseconds(100)
    /// How long what should have ended at once may take.
    private static let patience = DispatchTimeInterval.seconds(5)

    init(_ logger: Logger) {
        self.logger = logger
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGTERM, SIGINT] { watch(number) { self.stop() } }
        for (number, name) in [(SIGUSR1, "SIGUSR1"), (SIGUSR2, "SIGUSR2")] {
            watch(number) { logger.notice("\(name) has no meaning to Ember, and is ignored") }
        }
        // A process that was started to outlive its terminal, as by nohup, must ignore it.
        guard !Self.isIgnored(SIGHUP) else { return }
        watch(SIGHUP) {
            logger.notice("SIGHUP: the configuration is read again")
            self.reloads.give()
        }
    }

    private func watch(_ number: Int32, _ action: @escaping @Sendable () -> Void) {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler(handler: action)
        source.resume()
        sources.append(source)
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        let handler = signal(number, SIG_IGN)
        return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    private func stop() {
        let now = DispatchTime.now()
        if let firstOrder, now < firstOrder + Self.oneOrder { return }
        firstOrder = firstOrder ?? now
        guard orders.give() else { return }
        logger.warning("ending at once")
        queue.asyncAfter(deadline: now + Self.patience) {
            // Engines end with Ember, however it ends.
            self.logger.critical("not ended by itself; exiting")
            _exit(EXIT_FAILURE)
        }
    }
}
