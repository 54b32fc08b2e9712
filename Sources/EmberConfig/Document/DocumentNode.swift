/// A value of a configuration as it was written, with its place; it knows nothing of any setting.
struct DocumentNode: Sendable {
    enum Content: Sendable {
        case scalar(DocumentScalar)
        case sequence([DocumentNode])
        case mapping([DocumentEntry])
    }

    let place: Place
    let content: Content

    /// A value that was given as plain text, by a flag or by the environment.
    init(text: String, place: Place) {
        self.init(place: place, content: .scalar(DocumentScalar(text: text, shown: text, isPlain: false)))
    }

    init(place: Place, content: Content) {
        self.place = place
        self.content = content
    }

    var scalar: DocumentScalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    /// `key:` with nothing after it, `~` or `null`.
    var isNull: Bool {
        guard let scalar, scalar.isPlain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.shown)
    }

    /// What it is, for messages that must not show the value itself.
    var kindName: String {
        switch content {
        case .scalar: isNull ? "nothing" : "a single value"
        case .sequence: "a list"
        case .mapping: "a map"
        }
    }
}

struct DocumentScalar: Sendable {
    /// The value, environment variables expanded.
    var text: String
    /// The value as it stands in the file: what came from the environment may be secret, so messages show this one.
    let shown: String
    /// Written without quotes, so that YAML's words for nothing count.
    let isPlain: Bool
    /// False when its environment variables could not be expanded, which is reported already.
    var isUsable = true
}

struct DocumentEntry: Sendable {
    let key: String
    /// The key's place.
    let place: Place
    let value: DocumentNode
}
