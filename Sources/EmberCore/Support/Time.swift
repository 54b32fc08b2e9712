/// An instant on the planner's clock, in seconds since the driver's origin.
///
/// The live server's origin is its start; a simulation in slots counts one second per slot.
public struct Time: Hashable, Comparable, Codable, Sendable {
    public var seconds: Double
    public init(seconds: Double) { self.seconds = seconds }

    public static let zero = Time(seconds: 0)
    public static let distantFuture = Time(seconds: .infinity)

    public static func < (a: Time, b: Time) -> Bool { a.seconds < b.seconds }
    /// The seconds from `b` to `a`.
    public static func - (a: Time, b: Time) -> Double { a.seconds - b.seconds }
    /// The instant `seconds` after `a`.
    public static func + (a: Time, seconds: Double) -> Time { Time(seconds: a.seconds + seconds) }
}
