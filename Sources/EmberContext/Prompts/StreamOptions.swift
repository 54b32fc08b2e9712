/// What a request says of its stream's usage, in `stream_options`.
public enum StreamOptions: Sendable, Equatable {
    /// Nothing.
    case none
    /// The member stands there, without a word about the usage: where its value stands. `null` counts as an empty
    /// object.
    case open(Range<Int>, isObject: Bool, isEmpty: Bool)
    /// The usage is not decided, but named: where its `null` stands.
    case undecided(Range<Int>)
    /// Whether the usage is wanted.
    case decided

    /// Walks over the value of `stream_options`, which begins here.
    init(_ scanner: inout JSONScanner) throws {
        guard scanner.skipSpace() == UInt8(ascii: "{") else {
            let value = try scanner.skipValue()
            // What is no object is the upstream's to judge.
            let isNull = scanner.text(value).elementsEqual("null".utf8)
            self = isNull ? .open(value, isObject: false, isEmpty: true) : .decided
            return
        }
        let start = scanner.position
        var (usage, isEmpty): (Range<Int>?, Bool) = (nil, true)
        try scanner.members { key, scanner in
            isEmpty = false
            let value = try scanner.skipValue()
            if scanner.spells("include_usage", key) { usage = value }
        }
        if let usage {
            self = scanner.text(usage).elementsEqual("null".utf8) ? .undecided(usage) : .decided
        } else {
            self = .open(start..<scanner.position, isObject: true, isEmpty: isEmpty)
        }
    }

    /// Asks for the usage; nil where there is no such member yet.
    public var wishingUsage: BodyEdit? {
        switch self {
        case .none, .decided: nil
        case .open(let place, isObject: false, _): BodyEdit(place, "{\"include_usage\":true}")
        case .open(let place, isObject: true, let isEmpty):
            .insertion(at: place.upperBound - 1, "\(isEmpty ? "" : ",")\"include_usage\":true")
        case .undecided(let place): BodyEdit(place, "true")
        }
    }
}
