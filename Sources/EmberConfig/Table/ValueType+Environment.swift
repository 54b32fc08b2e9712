import EmberDocument

extension ValueType where Value == [String: String] {
    /// Environment variables of a child process. Values are never shown: they often hold tokens.
    static let environment = ValueType(
        "a map of environment variables",
        schema: .object([
            "type": ["object", "null"], "additionalProperties": .object(["type": ["string", "number", "boolean"]]),
        ]),
        read: { node, site, reading in
            guard let entries = Section<Int>.entries(of: node, at: site.path, &reading) else { return nil }
            var result: [String: String] = [:]
            for entry in entries {
                let path = site.path.appending(entry.key)
                reading.note(path, entry.value.place)
                result[entry.key] = variable(entry, path, &reading)
            }
            return result
        }
    )

    private static func variable(_ entry: DocumentEntry, _ path: SettingPath, _ reading: inout Reading) -> String? {
        guard !entry.key.isEmpty, !entry.key.contains("="), !entry.key.unicodeScalars.contains("\0") else {
            reading.problems.report(entry.place, path, "is not the name of an environment variable; write NAME: value")
            return nil
        }
        guard let scalar = entry.value.scalar else {
            reading.problems.report(
                entry.value.place, path, "is \(entry.value.kindName), not a text; write NAME: value")
            return nil
        }
        guard !scalar.text.unicodeScalars.contains("\0") else {
            reading.problems.report(entry.value.place, path, "the value has a zero character; remove it")
            return nil
        }
        return scalar.text
    }
}
