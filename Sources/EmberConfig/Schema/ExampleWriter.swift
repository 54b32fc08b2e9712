import EmberDocument

/// Writes the commented example from the settings table. A key is explained where it comes first.
struct ExampleWriter {
    private(set) var text = """
        # yaml-language-server: $schema=./ember.schema.json
        # All keys of Ember's configuration. Lines that begin with "#key:" are optional: remove the "#" to use them.
        # Durations: 250ms, 5s, 1h30m, 2d. Bytes: 600MiB, 1.5GB or a number. ${env.NAME} is taken from the environment.

        """
    private var explained: Set<String> = []

    /// The entries that stand for sections in maps.
    private static let entryNames = ["service": "default", "upstream": "cloudA"]
    private static let modelNames: [EngineKind: String] = [
        .llamaServer: "smollm2", .command: "reader", .remote: "gpt-4o-mini",
        .adapter: "smollm2-tuned",
    ]

    mutating func write(_ section: SectionDescription) {
        for field in section.fields {
            text += "\n"
            write(field, of: section, depth: 0, isCommentedOut: false)
        }
    }

    private mutating func write(
        _ field: FieldDescription, of section: SectionDescription, depth: Int, isCommentedOut: Bool
    ) {
        explain(field, of: section, depth)
        let isOff = isCommentedOut || field.isOptionalInExample
        guard let nested = field.nested else {
            line("\(field.name): \(field.example.yamlText)", depth, isOff)
            return
        }
        line("\(field.name):", depth, isOff)
        switch nested.shape {
        case .single where field.name == "defaults": writeDefaults(nested.section, depth + 1)
        case .single: write(nested.section.fields, of: nested.section, depth + 1, isOff)
        case .list: writeListEntry(nested.section, depth + 1, isOff)
        case .map where nested.section.name == ModelTable.section.name: writeModels(nested.section, depth + 1)
        case .map:
            line("\(Self.entryNames[nested.section.name] ?? "example"):", depth + 1, isOff)
            write(nested.section.fields, of: nested.section, depth + 2, isOff)
        }
    }

    private mutating func write(
        _ fields: [FieldDescription], of section: SectionDescription, _ depth: Int, _ isCommentedOut: Bool
    ) {
        for field in fields { write(field, of: section, depth: depth, isCommentedOut: isCommentedOut) }
    }

    /// The keys are explained with the models; here one shows what the section is for.
    private mutating func writeDefaults(_ section: SectionDescription, _ depth: Int) {
        for field in section.fields where field.name == "idle_ttl" {
            line("\(field.name): \(field.example.yamlText)", depth, false)
        }
    }

    /// One model for each engine: the first with all its keys, the others with those that are new.
    private mutating func writeModels(_ section: SectionDescription, _ depth: Int) {
        for kind in EngineKind.allCases {
            line("\(Self.modelNames[kind] ?? kind.key):", depth, false)
            for field in section.fields where field.engines.contains(kind) {
                let isNew = !explained.contains("\(section.name).\(field.name)")
                if isNew {
                    write(field, of: section, depth: depth + 1, isCommentedOut: false)
                } else if kind == .command, field.name == "memory" {
                    line("\(field.name): \(field.example.yamlText)", depth + 1, false)
                }
            }
        }
    }

    private mutating func writeListEntry(_ section: SectionDescription, _ depth: Int, _ isCommentedOut: Bool) {
        for (index, field) in section.fields.enumerated() {
            explain(field, of: section, depth + 1)
            let isOff = isCommentedOut || field.isOptionalInExample
            let setting = "\(field.name): \(field.example.yamlText)"
            if index == 0 { line("- \(setting)", depth, isOff) } else { line(setting, depth + 1, isOff) }
        }
    }

    private mutating func explain(_ field: FieldDescription, of section: SectionDescription, _ depth: Int) {
        guard explained.insert("\(section.name).\(field.name)").inserted else { return }
        var sentences = [field.summary]
        if let unit = field.unit { sentences.append("Unit: \(unit).") }
        if let value = field.defaultValue, value != [], field.nested == nil {
            sentences.append("Default: \(value.yamlText).")
        } else if let note = field.defaultNote {
            sentences.append("Default: \(note).")
        }
        if let names = field.override {
            let flag = names.flag.map { " or \($0)" } ?? ""
            sentences.append("Overridden by \(names.environment)\(flag).")
        }
        line("# " + sentences.joined(separator: " "), depth, false)
    }

    private mutating func line(_ content: String, _ depth: Int, _ isCommentedOut: Bool) {
        text += String(repeating: "  ", count: depth) + (isCommentedOut ? "#" : "") + content + "\n"
    }
}
