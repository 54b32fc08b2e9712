/// All that documentation, schema and example need to know of a key.
package struct FieldDescription: Sendable {
    package let name: String
    /// One sentence.
    package let summary: String
    package let typeName: String
    package let unit: String?
    package let schema: JSONValue
    package let example: JSONValue
    /// Nil when there is no default, or it is no constant (then `defaultNote` says it).
    package let defaultValue: JSONValue?
    package let defaultNote: String?
    package let engines: [EngineKind]
    package let override: OverrideNames?
    package let nested: NestedSection?
    /// In the example file the key is commented out, because it excludes another or needs something of the user's.
    package let isOptionalInExample: Bool
}

/// By which names a key can be overridden from outside of the file.
package struct OverrideNames: Sendable {
    package let environment: String
    package let flag: String?

    package init(environment: String, flag: String?) {
        self.environment = environment
        self.flag = flag
    }
}

/// A section's keys, without the types that reading needs.
package struct SectionDescription: Sendable {
    /// Its name in the schema's `$defs`.
    package let name: String
    package let fields: [FieldDescription]
    /// Keys of which a section may have one at most.
    package let exclusive: [[String]]
}
