import EmberCore

/// How long a request's body may be: a larger one is refused with 413.
public struct BodyLengths: Sendable {
    public var bytes: Int
    /// Of single paths, where they differ.
    public var byPath: [String: Int]

    public init(bytes: Int = 32 << 20, byPath: [String: Int] = [:]) { (self.bytes, self.byPath) = (bytes, byPath) }

    func bytes(of kind: RequestKind) -> Int { byPath.isEmpty ? bytes : byPath[kind.path] ?? bytes }
}
