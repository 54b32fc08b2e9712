import EmberContext

/// What a request says of its stream's usage, in `stream_options`.
enum StreamOptions: Equatable {
    /// Nothing.
    case none
    /// The member stands there, without a word about the usage: where its value stands. `null` counts as an empty object.
    case open(Range<Int>, isObject: Bool, isEmpty: Bool)
    /// The usage is not decided, but named: where its `null` stands.
    case undecided(Range<Int>)
    /// Whether the usage is wanted.
    case decided

    /// - Parameter value: where the value of `stream_options` stands.
    init(_ value: Range<Int>, _ scanner: JSONScanner) {
        let text = scanner.text(value)
        if text.elementsEqual("null".utf8) {
            self = .open(value, isObject: false, isEmpty: true)
            return
        }
        // What is no object is the upstream's to judge.
        guard text.first == UInt8(ascii: "{") else {
            self = .decided
            return
        }
        var (usage, isEmpty): (Range<Int>?, Bool) = (nil, true)
        var inner = JSONScanner(UnsafeBufferPointer(rebasing: text))
        try? inner.members { key, value, scanner in
            isEmpty = false
            if scanner.spells("include_usage", at: key) { usage = value }
        }
        guard let usage else {
            self = .open(value, isObject: true, isEmpty: isEmpty)
            return
        }
        let place = (value.lowerBound + usage.lowerBound)..<(value.lowerBound + usage.upperBound)
        self = scanner.text(place).elementsEqual("null".utf8) ? .undecided(place) : .decided
    }

    /// Asks for the usage; nil where there is no such member yet.
    var wishingUsage: BodyEdit? {
        switch self {
        case .none, .decided: nil
        case .open(let place, isObject: false, _): BodyEdit(place, "{\"include_usage\":true}")
        case .open(let place, isObject: true, let isEmpty):
            .insertion(at: place.upperBound - 1, "\(isEmpty ? "" : ",")\"include_usage\":true")
        case .undecided(let place): BodyEdit(place, "true")
        }
    }
}
