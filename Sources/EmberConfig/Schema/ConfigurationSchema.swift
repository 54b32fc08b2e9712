import EmberDocument

/// The JSON schema of the configuration file, for editors.
public enum ConfigurationSchema {
    /// The schema's text (draft 2020-12), always the same for one version of Ember.
    public static func json() -> String {
        let top = ServerTable.section.description
        let head = JSONValue.object([
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Ember's configuration",
            "description": "Which models an Ember server serves, and how.",
        ])
        let schema = merged([
            head, object(top), .object(["required": ["models"], "$defs": .object(definitions(of: top))]),
        ])
        return schema.jsonText() + "\n"
    }

    /// The schemas of all sections below a section, each once, and of references to the environment.
    private static func definitions(of top: SectionDescription) -> [JSONValue.Member] {
        var names: Set<String> = []
        let sections = nestedSections(of: top).filter { names.insert($0.name).inserted }
        let reference = JSONValue.object([
            "type": "string", "pattern": "\\$\\{env\\.[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}",
            "description": "A value taken from the environment: ${env.NAME} or ${env.NAME:-default}.",
        ])
        return sections.map { JSONValue.Member(key: $0.name, value: object($0)) }
            + [JSONValue.Member(key: "environmentReference", value: reference)]
    }

    private static func nestedSections(of section: SectionDescription) -> [SectionDescription] {
        section.fields.compactMap(\.nested).flatMap { [$0.section] + nestedSections(of: $0.section) }
    }

    private static func object(_ section: SectionDescription) -> JSONValue {
        let properties = section.fields.map { JSONValue.Member(key: $0.name, value: property($0)) }
        let object = JSONValue.object([
            "type": ["object", "null"], "additionalProperties": false, "properties": .object(properties),
        ])
        return merged([object, exclusion(section.exclusive)])
    }

    /// No two keys of a group together.
    private static func exclusion(_ groups: [[String]]) -> JSONValue {
        let pairs = groups.flatMap { group in
            group.indices.flatMap { first in
                group[(first + 1)...].map { JSONValue.object(["required": [.string(group[first]), .string($0)]]) }
            }
        }
        return pairs.isEmpty ? .object([:]) : .object(["not": .object(["anyOf": .array(pairs)])])
    }

    private static func property(_ field: FieldDescription) -> JSONValue {
        var members = [JSONValue.Member(key: "description", value: .string(description(of: field)))]
        members += field.schema.members
        if let value = field.defaultValue, field.nested == nil {
            members.append(JSONValue.Member(key: "default", value: value))
        }
        if field.nested == nil { members.append(JSONValue.Member(key: "examples", value: .array([field.example]))) }
        return .object(members)
    }

    private static func description(of field: FieldDescription) -> String {
        var sentences = [field.summary, "Value: \(field.typeName)."]
        if let unit = field.unit { sentences.append("Unit: \(unit).") }
        if let note = field.defaultNote { sentences.append("Default: \(note).") }
        if field.engines.count < EngineKind.allCases.count {
            sentences.append("Only with \(field.engines.map(\.key).joined(separator: " or ")).")
        }
        return sentences.joined(separator: " ")
    }

    private static func merged(_ objects: [JSONValue]) -> JSONValue {
        .object(objects.flatMap(\.members))
    }
}
