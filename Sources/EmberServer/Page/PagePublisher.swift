import EmberSystem
import Foundation
import NIOCore
import Synchronization

/// What the pages that are open show: read at most twice a second, however many they are, and not at all while none is
/// open.
///
/// A page that is slow to take an edition goes on with the newest one; those between are dropped.
final class PagePublisher: Sendable {
    struct Edition: Sendable {
        /// From 1 on.
        let number: Int
        /// The server's state, as JSON on one line.
        let state: ByteBuffer
        /// The latest requests, of all tenants.
        let requests: [RequestTrails.Row]
    }

    /// Pages that can be open at once.
    static let mostReaders = 32
    static let mostRequests = 200
    /// Decisions in the state that an edition has.
    private static let mostDecisions = 12
    private static let pause = Duration.milliseconds(500)

    private struct State {
        var readers = 0
        var isRunning = false
        var edition: Edition?
        var number = 0
        /// Fulfilled with the next edition, and once Ember drains.
        var next = Promise<Void>()

        mutating func takeNext() -> Promise<Void> {
            defer { next = Promise() }
            return next
        }
    }

    private let report: StateReport
    private let state = Mutex(State())

    init(_ report: StateReport) { self.report = report }

    private var drain: Drain { report.coordinator.drain }

    // MARK: Readers

    /// A reader's place, until it is dropped.
    final class Seat: Sendable {
        private let publisher: PagePublisher

        fileprivate init(_ publisher: PagePublisher) { self.publisher = publisher }

        deinit { publisher.state.withLock { $0.readers -= 1 } }
    }

    /// nil where there is no place left.
    func seat() -> Seat? {
        let (hasPlace, begins) = state.withLock { state in
            guard state.readers < Self.mostReaders else { return (false, false) }
            state.readers += 1
            defer { state.isRunning = true }
            return (true, !state.isRunning)
        }
        guard hasPlace else { return nil }
        if begins { report.coordinator.time.later { await self.publish() } }
        return Seat(self)
    }

    /// The first edition with a higher number, after a wait where there is none yet; nil once Ember drains, or the task
    /// is cancelled.
    func edition(after number: Int) async -> Edition? {
        while true {
            let (edition, next) = state.withLock { ($0.edition, $0.next) }
            // Not before the promise is known: the last one is fulfilled when this is true.
            guard !drain.hasBegun else { return nil }
            if let edition, edition.number > number { return edition }
            guard await next.valueUnlessCancelled() != nil else { return nil }
        }
    }

    // MARK: Editions

    private func publish() async {
        while !drain.hasBegun, goesOn() {
            if let (text, rows) = await read() { take(text, rows) }
            try? await report.coordinator.time.sleep(for: Self.pause)
        }
        state.withLock { $0.takeNext() }.fulfil(())
    }

    /// Ends where no page is open; the next one begins it again.
    private func goesOn() -> Bool {
        state.withLock { state in
            state.isRunning = state.readers > 0
            if !state.isRunning { state.edition = nil }
            return state.isRunning
        }
    }

    private func read() async -> (ByteBuffer, [RequestTrails.Row])? {
        var view = await report.view()
        view.decisions = Array(view.decisions.prefix(Self.mostDecisions))
        let rows = await report.coordinator.within { $0.book.rows(Self.mostRequests, changedAfter: 0) }
        return (try? PageJSON.line(view)).map { ($0, rows) }
    }

    private func take(_ text: ByteBuffer, _ rows: [RequestTrails.Row]) {
        let next = state.withLock { state in
            state.number += 1
            state.edition = Edition(number: state.number, state: text, requests: rows)
            return state.takeNext()
        }
        next.fulfil(())
    }
}

/// JSON on one line, as an event's data.
enum PageJSON {
    static func line(_ value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = .withoutEscapingSlashes
        return ByteBuffer(bytes: try encoder.encode(value))
    }
}
