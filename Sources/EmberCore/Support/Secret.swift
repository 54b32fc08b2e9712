/// A text that no description, dump, reflection or interpolation shows.
public struct Secret: Sendable, Equatable {
    /// A closure, because reflection walks into every stored value but not into captures.
    private let reveal: @Sendable () -> String

    public init(_ value: String) { reveal = { value } }

    /// The text itself: for the one place that sends or compares it, never for a log.
    public var revealed: String { reveal() }

    public static func == (left: Secret, right: Secret) -> Bool { left.revealed == right.revealed }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "<secret>" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
