import EmberConfig

/// What answers at an address.
public enum AddressAnswer: Sendable, Equatable {
    case nothing
    /// nil: it does not say its version without a key.
    case ember(version: String?)
    case otherProgram
}

/// Whether Ember can listen where it should.
enum AddressCheck {
    static func finding(of listen: ListenAddress, _ answer: AddressAnswer) -> Finding {
        let subject = "address"
        guard listen.isChosen else { return Finding(subject, "\(listen.text): the system chooses a free port") }
        switch answer {
        case .nothing: return Finding(subject, "\(listen.text) is free: no Ember runs there")
        case .ember(nil): return Finding(subject, "an Ember that wants a key answers at \(listen.text)")
        case .ember(let version?) where version != EmberVersion.current:
            return Finding(
                subject, .warning, "an Ember \(version) answers at \(listen.text), and this is \(EmberVersion.current)",
                fix: "restart the server, so that both are the same")
        case .ember(let version?): return Finding(subject, "an Ember \(version) answers at \(listen.text)")
        case .otherProgram:
            return Finding(
                subject, .problem, "another program answers at \(listen.text)",
                fix: "end it, or choose another address with listen")
        }
    }
}

extension ListenAddress {
    /// Whether it is known before Ember listens.
    var isChosen: Bool {
        if case .tcp(_, 0) = self { false } else { true }
    }
}
