/// A row of the settings table: one key of a section, and where its value goes.
package struct Field<Root: Sendable>: Sendable {
    package let name: String
    package let description: @Sendable (_ defaults: Root) -> FieldDescription
    package let read: @Sendable (DocumentNode, ReadingSite, inout Root, inout Reading) -> Void
    /// Copies the value from another section that stands at the second path.
    package let inherit: @Sendable (inout Root, Root, SettingPath, SettingPath, Reading) -> Void
    package let example: JSONValue
}

/// The rarer columns of a row.
package struct FieldOptions: Sendable {
    package var unit: String?
    package var defaultNote: String?
    package var engines: [EngineKind] = EngineKind.allCases
    package var override: OverrideNames?
    package var isOptionalInExample = false

    package init(
        unit: String? = nil, defaultNote: String? = nil, engines: [EngineKind] = EngineKind.allCases,
        override: OverrideNames? = nil, isOptionalInExample: Bool = false
    ) {
        self.unit = unit
        self.defaultNote = defaultNote
        self.engines = engines
        self.override = override
        self.isOptionalInExample = isOptionalInExample
    }
}

extension Field {
    /// A key that always has a value, by default that of `Root()`.
    package init<Value>(
        _ name: String, _ keyPath: any WritableKeyPath<Root, Value> & Sendable, _ type: ValueType<Value>,
        example: JSONValue, _ summary: String, _ options: FieldOptions = FieldOptions()
    ) {
        self.name = name
        self.example = example
        description = { defaults in
            Self.describe(name, type, example, type.encode(defaults[keyPath: keyPath]), summary, options)
        }
        read = { node, site, root, reading in
            if let value = type.read(node, site, &reading) { root[keyPath: keyPath] = value }
        }
        inherit = { root, other, path, otherPath, reading in
            if let inherit = type.inherit {
                inherit(&root[keyPath: keyPath], other[keyPath: keyPath], path, otherPath, reading)
            } else if !reading.isStated(path), reading.isStated(otherPath) {
                root[keyPath: keyPath] = other[keyPath: keyPath]
            }
        }
    }

    /// A key that may have no value.
    package init<Value>(
        _ name: String, optional keyPath: any WritableKeyPath<Root, Value?> & Sendable, _ type: ValueType<Value>,
        example: JSONValue, _ summary: String, _ options: FieldOptions = FieldOptions()
    ) {
        self.name = name
        self.example = example
        description = {
            Self.describe(name, type, example, $0[keyPath: keyPath].flatMap(type.encode), summary, options)
        }
        read = { node, site, root, reading in
            if let value = type.read(node, site, &reading) { root[keyPath: keyPath] = value }
        }
        inherit = { root, other, path, otherPath, reading in
            guard !reading.isStated(path), reading.isStated(otherPath) else { return }
            root[keyPath: keyPath] = other[keyPath: keyPath]
        }
    }

    private static func describe<Value>(
        _ name: String, _ type: ValueType<Value>, _ example: JSONValue, _ defaultValue: JSONValue?,
        _ summary: String, _ options: FieldOptions
    ) -> FieldDescription {
        FieldDescription(
            name: name, summary: summary, typeName: type.name, unit: options.unit, schema: type.schema,
            example: example, defaultValue: defaultValue, defaultNote: options.defaultNote, engines: options.engines,
            override: options.override, nested: type.nested, isOptionalInExample: options.isOptionalInExample
        )
    }
}
