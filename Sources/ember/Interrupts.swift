import Foundation

/// Turns Ctrl-C and SIGTERM, or other signals, into a call, so that what a command does ends in order.
final class Interrupts {
    private let sources: [any DispatchSourceSignal]

    /// From when this returns, none of the signals is lost.
    init(_ signals: [Int32] = [SIGINT, SIGTERM], _ action: @escaping @Sendable () -> Void) {
        let registered = DispatchGroup()
        sources = signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: action)
            registered.enter()
            source.setRegistrationHandler { registered.leave() }
            source.resume()
            return source
        }
        registered.wait()
    }

    func stop() { for source in sources { source.cancel() } }
}
