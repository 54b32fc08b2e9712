public import EmberCore

/// For what requests are, and who may send them.
public struct AccessConfiguration: Sendable, Equatable {
    /// In the order of the file; "default" is always among them.
    public var services: [ServiceConfiguration]
    /// The name of the service of requests that name none.
    public var defaultService: String
    /// Empty means no authentication.
    public var keys: [KeyConfiguration]

    /// Names of those whose demonstrations and prompts are kept apart; one without a name where there are no keys.
    public var tenants: [String] { keys.isEmpty ? [""] : Set(keys.map(\.tenant)).sorted() }
}

/// A key with which requests authenticate.
public struct KeyConfiguration: Sendable, Equatable {
    public var key: Secret
    /// Who has it; the name of its tenant, where none is given. Unique.
    public var name: String
    /// The name of the service of requests with this key that name none; nil means the server's default service.
    public var service: String?
    /// Whose demonstrations its requests use; keys of one tenant share them.
    public var tenant: String
    /// How long saved KV states of its requests stay, at most; nil: as the configuration says of all.
    public var keep: StateKeep?
}
