import Foundation

/// Turns Ctrl-C and SIGTERM, or other signals, into a call, so that what a command does ends in order.
final class Interrupts {
    private let sources: [any DispatchSourceSignal]

    init(_ signals: [Int32] = [SIGINT, SIGTERM], _ action: @escaping @Sendable () -> Void) {
        sources = signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: action)
            source.resume()
            return source
        }
    }

    func stop() { for source in sources { source.cancel() } }
}
