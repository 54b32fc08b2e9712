extension ValueType {
    /// A section of settings.
    package static func section(_ section: Section<Value>) -> ValueType {
        var type = ValueType("a map of settings", schema: .reference(section.name)) { node, site, reading in
            section.read(node, at: site.path, &reading)
        }
        type.nested = NestedSection(shape: .single, section: section.description)
        type.inherit = { value, other, path, otherPath, reading in
            section.inherit(&value, at: path, from: other, at: otherPath, reading)
        }
        return type
    }

    /// A map from names to sections, in the order of the file.
    package static func map<Element>(
        of section: Section<Element>, _ setName: @escaping @Sendable (inout Element, String) -> Void
    )
        -> ValueType where Value == [Element]
    {
        let schema = JSONValue.object([
            "type": ["object", "null"], "additionalProperties": false,
            "patternProperties": .object([ModelName.pattern: .reference(section.name)]),
        ])
        var type = ValueType("a map of names", schema: schema) { node, site, reading in
            let entries = Section<Element>.entries(of: node, at: site.path, &reading) ?? []
            return entries.compactMap { entry in
                read(entry, of: section, site, &reading).map { element in
                    var element = element
                    setName(&element, entry.key)
                    return element
                }
            }
        }
        type.nested = NestedSection(shape: .map, section: section.description)
        return type
    }

    /// A list of sections.
    package static func list<Element>(of section: Section<Element>) -> ValueType where Value == [Element] {
        let schema = JSONValue.object(["type": "array", "items": .reference(section.name)])
        var type = ValueType("a list", schema: schema) { node, site, reading in
            guard let elements = elements(of: node, site, &reading) else { return nil }
            return elements.enumerated().map { index, element in
                let path = site.path.appending(index: index)
                reading.note(path, element.place)
                return section.read(element, at: path, &reading)
            }
        }
        type.nested = NestedSection(shape: .list, section: section.description)
        return type
    }

    /// A list of values of one type, of at least `minimum` elements.
    package static func list<Element>(of type: ValueType<Element>, minimum: Int = 0) -> ValueType
    where Value == [Element] {
        let schema = JSONValue.object(["type": "array", "items": type.schema, "minItems": .integer(minimum)])
        let encode: @Sendable (Value) -> JSONValue? = { .array($0.compactMap(type.encode)) }
        return ValueType("a list", schema: schema, encode: encode) { node, site, reading in
            guard let elements = elements(of: node, site, &reading) else { return nil }
            guard elements.count >= minimum else {
                reading.problems.report(node.place, site.path, "is too short a list; write one such as \(site.example)")
                return nil
            }
            let values = elements.enumerated().map { index, element in
                let path = site.path.appending(index: index)
                reading.note(path, element)
                return type.read(element, ReadingSite(path: path, example: "those in \(site.example)"), &reading)
            }
            return values.contains { $0 == nil } ? nil : values.compactMap { $0 }
        }
    }

    private static func read<Element>(
        _ entry: DocumentEntry, of section: Section<Element>, _ site: ReadingSite, _ reading: inout Reading
    ) -> Element? {
        let path = site.path.appending(entry.key)
        reading.note(path, entry.place)
        guard ModelName.isValid(entry.key) else {
            reading.problems.report(
                entry.place, site.path, "\(Quotation.of(entry.key)) is not a name; \(ModelName.rule)"
            )
            return nil
        }
        return section.read(entry.value, at: path, &reading)
    }

    private static func elements(
        of node: DocumentNode, _ site: ReadingSite, _ reading: inout Reading
    ) -> [DocumentNode]? {
        if case .sequence(let elements) = node.content { return elements }
        reading.problems.report(
            node.place, site.path, "is \(node.kindName), not a list; write a list such as \(site.example)"
        )
        return nil
    }
}

extension JSONValue {
    /// A section's schema among the `$defs`.
    package static func reference(_ name: String) -> JSONValue { .object(["$ref": .string("#/$defs/\(name)")]) }
}
