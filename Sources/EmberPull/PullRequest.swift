/// A file to pull.
public struct PullRequest: Hashable, Sendable {
    public var source: PullSource
    /// The file's name in the models folder; nil takes the source's.
    public var name: String?
    /// The hash that the file must have, as 64 hexadecimal digits.
    public var sha256: String?
    /// Whether a file of that name with other content may be replaced.
    public var replacesExisting: Bool

    public init(source: PullSource, name: String? = nil, sha256: String? = nil, replacesExisting: Bool = false) {
        self.source = source
        self.name = name
        self.sha256 = sha256
        self.replacesExisting = replacesExisting
    }
}

/// A file that a pull delivered.
public struct PulledModel: Hashable, Sendable {
    public let path: String
    public let bytes: Int
    /// The hash in hexadecimal digits; nil when an existing file was recognised by its size.
    public let sha256: String?
    /// True if the file was complete before the pull.
    public let wasThere: Bool
}
