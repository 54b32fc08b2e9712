/// The table of a section's keys: the only list of them, from which reader, schema and example all come.
package struct Section<Root: Sendable>: Sendable {
    package let name: String
    /// What applies where the file says nothing.
    package let defaults: Root
    package let fields: [Field<Root>]
    package var exclusive: [[String]] = []

    package init(name: String, defaults: Root, fields: [Field<Root>], exclusive: [[String]] = []) {
        self.name = name
        self.defaults = defaults
        self.fields = fields
        self.exclusive = exclusive
    }

    package var description: SectionDescription {
        SectionDescription(name: name, fields: fields.map { $0.description(defaults) }, exclusive: exclusive)
    }

    /// The section with all its proper values; everything else is reported.
    package func read(_ node: DocumentNode, at path: SettingPath, _ reading: inout Reading) -> Root {
        var root = defaults
        guard let entries = Self.entries(of: node, at: path, &reading) else { return root }
        for entry in entries {
            let keyPath = path.appending(entry.key)
            guard let field = fields.first(where: { $0.name == entry.key }) else {
                reportUnknown(entry, at: keyPath, &reading)
                continue
            }
            reading.note(keyPath, entry.value)
            field.read(entry.value, ReadingSite(path: keyPath, example: field.example.yamlText), &root, &reading)
        }
        checkExclusive(entries, at: path, &reading)
        return root
    }

    /// Fills in what `root` at `path` leaves out from `other`, skipping the named keys.
    package func inherit(
        _ root: inout Root, at path: SettingPath, from other: Root, at otherPath: SettingPath,
        except skipped: Set<String> = [], _ reading: Reading
    ) {
        for field in fields where !skipped.contains(field.name) {
            field.inherit(&root, other, path.appending(field.name), otherPath.appending(field.name), reading)
        }
    }

    /// A map's entries; `key:` without a value counts as an empty map. Nil when it's no map, which is reported.
    package static func entries(of node: DocumentNode, at path: SettingPath, _ reading: inout Reading)
        -> [DocumentEntry]?
    {
        if node.isNull { return [] }
        if case .mapping(let entries) = node.content { return entries }
        reading.problems.report(node.place, path, "is \(node.kindName) where a map of \"key: value\" lines belongs")
        return nil
    }

    private func reportUnknown(_ entry: DocumentEntry, at path: SettingPath, _ reading: inout Reading) {
        guard entry.key != "<<" else {
            let fix = "write the keys out, or put what all models share under defaults:"
            reading.problems.report(entry.place, path, "YAML's merge key is not supported; \(fix)")
            return
        }
        let names = fields.map(\.name)
        let suggestion = Suggestion.phrase(for: entry.key, among: names)
        let fix = suggestion.isEmpty ? "; known here are \(names.joined(separator: ", "))" : suggestion
        reading.problems.report(entry.place, path, "unknown key\(fix)")
    }

    private func checkExclusive(_ entries: [DocumentEntry], at path: SettingPath, _ reading: inout Reading) {
        for group in exclusive {
            let stated = entries.filter { group.contains($0.key) }
            guard stated.count > 1, let second = stated.dropFirst().first else { continue }
            let names = stated.map(\.key).joined(separator: " and ")
            reading.problems.report(second.place, path, "has \(names), which exclude each other; keep one")
        }
    }
}
