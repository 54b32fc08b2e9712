/// How time passes for the planner. All that differs between the two models stands here: rules ask for the difference
/// by its name, not for the model.
public enum TimeModel: String, Hashable, Codable, Sendable, CaseIterable {
    /// Second by second, taking in each request as it ends: a live server, or a simulation of events.
    case continuous
    /// Slot by slot, at `Event.slotEnded`: the papers.
    case slots

    /// Contexts fade while time passes, and take in each request as it ends; else both happen at the end of a slot
    /// (rules 23 and 45).
    @inline(__always)
    var contextsFadeBetweenEvents: Bool { self == .continuous }

    /// Seconds of loads and requests, and joules of the machine, are measured, and are what costs follow (rules 34,
    /// 36 and 43).
    @inline(__always)
    var costsAreMeasured: Bool { self == .continuous }

    /// Requests choose between places by what these are expected to cost, and are turned away (rules 15, 36, 38 and
    /// 39).
    @inline(__always)
    var requestsChoosePlaces: Bool { self == .continuous }

    /// Loads are begun ahead of requests (rule 40).
    @inline(__always)
    var loadsAhead: Bool { self == .continuous }

    /// How far scores may have fallen beyond what their clock says: in slots contexts fall at the end of a slot, while
    /// the clock stands.
    @inline(__always)
    var unclockedFall: Double { self == .slots ? 1 : 0 }

    /// The seconds of one piece of the energy's window; nil: the window is the slot (rule 41).
    func energyPieceSeconds(window seconds: Double, pieces: Int) -> Double? {
        self == .slots ? nil : seconds / Double(pieces)
    }

    /// The step of a clock of requests, which is the slot where there are slots.
    @inline(__always)
    func step(at now: Time, requests: @autoclosure () -> Double) -> Double {
        self == .slots ? now.seconds : requests()
    }

    /// The steps of a period; a slot is both.
    @inline(__always)
    func stepsPerPeriod(_ requests: Double) -> Double { self == .slots ? 1 : requests }

    /// How much of a vanishing factor, per second or slot, a period has.
    @inline(__always)
    func fadingsPerPeriod(secondsPerStep: Double, stepsPerPeriod: Double) -> Double {
        self == .slots ? 1 : secondsPerStep * stepsPerPeriod
    }
}
