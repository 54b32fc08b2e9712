/// All that documentation, schema and example need to know of a key.
struct FieldDescription: Sendable {
    let name: String
    /// One sentence.
    let summary: String
    let typeName: String
    let unit: String?
    let schema: JSONValue
    let example: JSONValue
    /// Nil when there is no default, or it is no constant (then `defaultNote` says it).
    let defaultValue: JSONValue?
    let defaultNote: String?
    let engines: [EngineKind]
    let override: OverrideNames?
    let nested: NestedSection?
    /// In the example file the key is commented out, because it excludes another or needs something of the user's.
    let isOptionalInExample: Bool
}

/// By which names a key can be overridden from outside of the file.
struct OverrideNames: Sendable {
    let environment: String
    let flag: String?
}

/// A section's keys, without the types that reading needs.
struct SectionDescription: Sendable {
    /// Its name in the schema's `$defs`.
    let name: String
    let fields: [FieldDescription]
    /// Keys of which a section may have one at most.
    let exclusive: [[String]]
}
