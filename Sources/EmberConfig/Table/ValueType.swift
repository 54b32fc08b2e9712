/// How a kind of value is read, documented and written: the meaning of a column of the settings table.
struct ValueType<Value: Sendable>: Sendable {
    /// What a message calls such a value, with its article: "a duration".
    let name: String
    /// The JSON schema of a value.
    let schema: JSONValue
    /// The value as the schema and the example write it; nil when there is nothing to write.
    let encode: @Sendable (Value) -> JSONValue?
    /// Nil when the value is wrong, which is then reported.
    let read: @Sendable (DocumentNode, ReadingSite, inout Reading) -> Value?
    /// The table of a section's keys, if the value is one.
    var nested: NestedSection?
    /// Fills in what a section leaves out from another; only for sections that are merged key by key.
    var inherit: (@Sendable (inout Value, Value, SettingPath, SettingPath, Reading) -> Void)?

    init(
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
struct NestedSection: Sendable {
    enum Shape: Sendable { case single, map, list }

    let shape: Shape
    let section: SectionDescription
}

/// The setting that is being read.
struct ReadingSite: Sendable {
    let path: SettingPath
    /// A proper value, for messages.
    let example: String
}
