import EmberSystem
import Logging
import NIOCore
import Synchronization

/// The connections that are open: how many, from where, and which of them can be given up for a new one.
final class ConnectionTable: Sendable {
    enum Standing: Sendable, Equatable {
        case served
        /// Too many: may ask for the health, and gets an error for anything else.
        case reserve(Bound)
        /// Too many even of these.
        case turnedAway(Bound)
    }

    /// Which bound is reached.
    enum Bound: Sendable, Equatable { case total, address }

    fileprivate struct State {
        /// In their places. An array, so that it does not depend on chance which of two alike is given up.
        var guests: [Guest?] = []
        var free: [Int] = []
        var served: Int { guests.count - free.count }
        var byAddress: [ClientAddress: Int] = [:]
        var inReserve = 0
        var refused = 0
        var givenUp = 0
        var timedOut = 0
        var failedAccepts = 0
        var bound = News()
        var descriptors = News()
    }

    /// What is logged once, and only after a long time again.
    fileprivate struct News {
        private var lastTold: NIODeadline?
        private static let pause = TimeAmount.hours(1)

        mutating func isNew(at now: NIODeadline) -> Bool {
            if let lastTold, now - lastTold < Self.pause { return false }
            lastTold = now
            return true
        }
    }

    let limits: ConnectionLimits
    let sweep: ConnectionSweep
    /// While it has begun, an answer is its connection's last.
    let drain: Drain
    /// By which connections are served.
    let time: TimeSource
    private let logger: Logger
    private let state = Mutex(State())

    init(_ limits: ConnectionLimits, drain: Drain = Drain(), logger: Logger, time: TimeSource) {
        self.limits = limits
        sweep = ConnectionSweep(limits.patience.ofReserve, time)
        self.drain = drain
        self.time = time
        self.logger = logger
    }

    // MARK: Coming and going

    /// - Parameters:
    ///   - now: by its event loop's clock, as all instants here.
    ///   - leave: asks the guest to leave its place to another, on its own thread.
    func admit(_ address: ClientAddress?, at now: NIODeadline, leave: @escaping @Sendable () -> Void) -> Guest {
        let (guest, displaced, isNews) = state.withLock { state -> (Guest, Guest?, Bool) in
            guard let bound = bound(for: address, state) else {
                let guest = Guest(address, .served, leave)
                state.add(guest)
                return (guest, nil, false)
            }
            let other = state.quietest(of: bound == .address ? address : nil, at: now)
            let isReserveLeft = state.inReserve < limits.reserve
            let guest = Guest(
                address, other != nil ? .served : isReserveLeft ? .reserve(bound) : .turnedAway(bound), leave)
            if let other { state.giveUp(other) }
            state.add(guest)
            return (guest, other, state.bound.isNew(at: now))
        }
        if isNews {
            logger.warning(
                """
                The bound on connections is reached: \(limits.total) in all, \(limits.perAddress) of one address. Idle ones are \
                closed for new ones; where none is idle, status 503. Raise connections.limit, or the limit of descriptors.
                """)
        }
        displaced?.leave()
        return guest
    }

    func remove(_ guest: Guest) {
        state.withLock { $0.remove(guest) }
    }

    /// A guest that was to leave has begun a request in the meantime, and stays.
    func keep(_ guest: Guest) {
        state.withLock { state in
            state.givenUp -= 1
            state.add(guest)
        }
    }

    /// Closes the connections without a request under way.
    func closeQuiet() {
        let quiet = state.withLock { state in
            let quiet = state.guests.compactMap { $0 }.filter { !$0.hasRequest }
            for guest in quiet { state.giveUp(guest) }
            return quiet
        }
        for guest in quiet { guest.leave() }
    }

    /// How many connections have a request under way.
    var busy: Int {
        state.withLock { state in state.guests.count { $0?.hasRequest == true } }
    }

    private func bound(for address: ClientAddress?, _ state: State) -> Bound? {
        if state.served >= limits.total { return .total }
        guard let address, state.byAddress[address, default: 0] >= limits.perAddress else { return nil }
        return .address
    }

    // MARK: What else goes wrong

    func noteTimeout() { state.withLock { $0.timedOut += 1 } }

    /// A connection could not be accepted, as no descriptor is left.
    func noteFailedAccept(_ error: IOError, at now: NIODeadline) {
        let (displaced, isNews) = state.withLock { state -> ([Guest], Bool) in
            state.failedAccepts += 1
            return (state.giveUpQuietest(limits.reserve, at: now), state.descriptors.isNew(at: now))
        }
        for guest in displaced { guest.leave() }
        guard isNews else { return }
        logger.error(
            """
            No connection can be accepted: \(error.description). Idle ones are closed. Raise the limit of descriptors (LimitNOFILE \
            of the unit, or ulimit -n); the state tells how many are open.
            """)
    }

    var view: ConnectionsView {
        state.withLock { state in
            ConnectionsView(
                open: state.served + state.inReserve, limit: limits.total, limitPerAddress: limits.perAddress,
                refused: state.refused, givenUp: state.givenUp, timedOut: state.timedOut,
                failedAccepts: state.failedAccepts)
        }
    }
}

extension ConnectionTable.State {
    mutating func add(_ guest: Guest) {
        switch guest.standing {
        case .served:
            let place = free.popLast() ?? guests.count
            if place == guests.count { guests.append(guest) } else { guests[place] = guest }
            guest.place.store(place, ordering: .relaxed)
            if let address = guest.address { byAddress[address, default: 0] += 1 }
        case .reserve:
            refused += 1
            inReserve += 1
        case .turnedAway: refused += 1
        }
    }

    /// Without effect on a guest that is not counted, as one that was to leave.
    mutating func remove(_ guest: Guest) {
        if case .reserve = guest.standing { inReserve -= 1 }
        let place = guest.place.exchange(-1, ordering: .relaxed)
        guard place >= 0 else { return }
        guests[place] = nil
        free.append(place)
        guard let address = guest.address else { return }
        let left = byAddress[address, default: 1] - 1
        byAddress[address] = left > 0 ? left : nil
    }

    mutating func giveUp(_ guest: Guest) {
        remove(guest)
        givenUp += 1
    }

    /// The one that can be given up first. O(connections), and asked only at the bound.
    func quietest(of address: ClientAddress?, at now: NIODeadline) -> Guest? {
        var found: (rank: Guest.Rank, guest: Guest)?
        for case let guest? in guests where address == nil || guest.address == address {
            guard let rank = guest.rank(at: now) else { continue }
            if found.map({ rank < $0.rank }) ?? true { found = (rank, guest) }
        }
        return found?.guest
    }

    mutating func giveUpQuietest(_ count: Int, at now: NIODeadline) -> [Guest] {
        var given: [Guest] = []
        while given.count < count, let guest = quietest(of: nil, at: now) {
            giveUp(guest)
            given.append(guest)
        }
        return given
    }
}
