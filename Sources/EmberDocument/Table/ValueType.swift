/// How a kind of value is read, documented and written: the meaning of a column of the settings table.
package struct ValueType<Value: Sendable>: Sendable {
    /// What a message calls such a value, with its article: "a duration".
    package let name: String
    /// The JSON schema of a value.
    package let schema: JSONValue
    /// The value as the schema and the example write it; nil when there is nothing to write.
    package let encode: @Sendable (Value) -> JSONValue?
    /// Nil when the value is wrong, which is then reported.
    package let read: @Sendable (DocumentNode, ReadingSite, inout Reading) -> Value?
    /// The table of a section's keys, if the value is one.
    package var nested: NestedSection?
    /// Fills in what a section leaves out from another; only for sections that are merged key by key.
    package var inherit: (@Sendable (inout Value, Value, SettingPath, SettingPath, Reading) -> Void)?

    package init(
        _ name: String, schema: JSONValue,
        encode: @escaping @Sendable (Value) -> JSONValue? = { _ in nil },
        read: @escaping @Sendable (DocumentNode, ReadingSite, inout Reading) -> Value?
    ) {
        self.name = name
        self.schema = schema
        self.encode = encode
        self.read = read
    }
}

/// How a section occurs inside of another.
package struct NestedSection: Sendable {
    package enum Shape: Sendable { case single, map, list }

    package let shape: Shape
    package let section: SectionDescription

    package init(shape: Shape, section: SectionDescription) {
        self.shape = shape
        self.section = section
    }
}

/// The setting that is being read.
package struct ReadingSite: Sendable {
    package let path: SettingPath
    /// A proper value, for messages.
    package let example: String

    package init(path: SettingPath, example: String) {
        self.path = path
        self.example = example
    }
}
