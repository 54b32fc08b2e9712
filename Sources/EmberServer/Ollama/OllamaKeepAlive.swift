/// How long a model is to stay in memory behind a request, as Ollama's clients say it: in seconds, or as a duration in
/// Go's form, such as "5m" or "1h30m".
///
/// Ember's planner decides what stays in memory; only "not at all" is an order to it.
enum OllamaKeepAlive: Equatable {
    case seconds(Double)
    case forever

    /// - Parameter value: a number or a string.
    init(_ value: JSONMembers.Value) throws(APIError) {
        let seconds = value.number ?? value.string.flatMap(Self.length(of:))
        guard let seconds else {
            throw .invalidRequest(
                "'\(value.spelling.prefix(100))' (keep_alive) is no duration. Write seconds, such as 300, or \"5m\".",
                param: "keep_alive")
        }
        self = seconds < 0 ? .forever : .seconds(seconds)
    }

    /// The model is to leave memory once the request has ended.
    var isNone: Bool { self == .seconds(0) }

    private static let units: [(name: String, seconds: Double)] = [
        ("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600),
    ]

    /// nil for what is no duration. A number alone counts as seconds, which Go does not take.
    private static func length(of text: String) -> Double? {
        var rest = text[...]
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest = rest.dropFirst() }
        guard !rest.isEmpty else { return nil }
        var sum = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { !($0.isASCII && $0.isNumber || $0 == ".") }
            rest = rest.dropFirst(name.count)
            guard let number = Double(digits) else { return nil }
            if name.isEmpty, sum == 0, rest.isEmpty {
                sum = number
            } else {
                guard let unit = units.first(where: { $0.name == name }) else { return nil }
                sum += number * unit.seconds
            }
        }
        return isNegative ? -sum : sum
    }
}
