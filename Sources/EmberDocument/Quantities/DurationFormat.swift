/// Durations as text: "250ms", "5s", "1h30m", "2d".
public enum DurationFormat {
    /// The longest duration accepted: 100 years, in seconds.
    public static let longestSeconds = 3_155_760_000.0

    private static let millisecondsOfUnit = [
        (unit: "d", milliseconds: 86_400_000.0), (unit: "h", milliseconds: 3_600_000.0),
        (unit: "m", milliseconds: 60_000.0), (unit: "s", milliseconds: 1000.0), (unit: "ms", milliseconds: 1.0),
    ]

    /// The seconds that a text such as "1h30m" stands for; throws when a unit is missing, unknown or out of order.
    public static func parse(_ text: String) throws(QuantityError) -> Double {
        guard let parts = QuantityScanner.parts(of: text) else {
            throw QuantityError("is not a duration")
        }
        var milliseconds = 0.0
        var lastUnit = -1
        for part in parts {
            let unit = try unitIndex(part.unit)
            guard unit > lastUnit else {
                throw QuantityError("is not a duration: units go from the largest to the smallest, each once")
            }
            lastUnit = unit
            milliseconds += part.number * millisecondsOfUnit[unit].milliseconds
        }
        return try seconds(ofMilliseconds: milliseconds)
    }

    /// The shortest text of a duration in seconds, rounded to the millisecond; `parse` gives the same duration back.
    public static func format(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds > 0 else { return "0s" }
        var rest = (min(seconds, longestSeconds) * 1000).rounded()
        var text = ""
        for (unit, milliseconds) in millisecondsOfUnit {
            let count = (rest / milliseconds).rounded(.down)
            guard count > 0 else { continue }
            rest -= count * milliseconds
            text += "\(Int(count))\(unit)"
        }
        return text.isEmpty ? "0s" : text
    }

    private static func unitIndex(_ unit: String) throws(QuantityError) -> Int {
        if let index = millisecondsOfUnit.firstIndex(where: { $0.unit == unit }) { return index }
        throw QuantityError(
            unit.isEmpty ? "is a duration without its unit" : "has a unit that is none of ms, s, m, h and d"
        )
    }

    private static func seconds(ofMilliseconds milliseconds: Double) throws(QuantityError) -> Double {
        guard milliseconds / 1000 <= longestSeconds else { throw QuantityError("is longer than 100 years") }
        // "2.3s" must be 2300 ms, not the 2299.9999999999995 that binary multiplication may give.
        let whole = milliseconds.rounded()
        return (abs(milliseconds - whole) < 1e-6 ? whole : milliseconds) / 1000
    }
}
