/// A value of a configuration as it was written, with its place; it knows nothing of any setting.
package struct DocumentNode: Sendable {
    package enum Content: Sendable {
        case scalar(DocumentScalar)
        case sequence([DocumentNode])
        case mapping([DocumentEntry])
    }

    package let place: Place
    package let content: Content

    /// A value that was given as plain text, by a flag or by the environment.
    package init(text: String, place: Place) {
        self.init(place: place, content: .scalar(DocumentScalar(text: text, shown: text, isPlain: false)))
    }

    package init(place: Place, content: Content) {
        self.place = place
        self.content = content
    }

    package var scalar: DocumentScalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    /// `key:` with nothing after it, `~` or `null`.
    package var isNull: Bool {
        guard let scalar, scalar.isPlain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.shown)
    }

    /// What it is, for messages that must not show the value itself.
    package var kindName: String {
        switch content {
        case .scalar: isNull ? "nothing" : "a single value"
        case .sequence: "a list"
        case .mapping: "a map"
        }
    }
}

package struct DocumentScalar: Sendable {
    /// The value, environment variables expanded.
    package var text: String
    /// The value as it stands in the file: what came from the environment may be secret, so messages show this one.
    package let shown: String
    /// Written without quotes, so that YAML's nulls count.
    package let isPlain: Bool
    /// False when its environment variables could not be expanded, which is reported already.
    package var isUsable = true

    package init(text: String, shown: String, isPlain: Bool) {
        self.text = text
        self.shown = shown
        self.isPlain = isPlain
    }
}

package struct DocumentEntry: Sendable {
    package let key: String
    /// The key's place.
    package let place: Place
    package let value: DocumentNode

    package init(key: String, place: Place, value: DocumentNode) {
        self.key = key
        self.place = place
        self.value = value
    }
}
