import EmberDocument

/// Settings from outside of the file; flags win over environment variables, and both over the file.
public struct ConfigurationOverrides: Sendable, Equatable {
    struct Override: Sendable, Equatable {
        let path: SettingPath
        let text: String
        let place: Place
    }

    /// Each path once.
    let overrides: [Override]

    /// Nil flags and empty variables override nothing; other variables of the environment are ignored.
    public init(
        environment: [String: String] = [:], listen: String? = nil, policy: String? = nil,
        memoryBudget: String? = nil, modelsDir: String? = nil
    ) {
        let flags = [
            "--listen": listen, "--policy": policy, "--memory-budget": memoryBudget, "--models-dir": modelsDir,
        ].compactMapValues { $0 }
        overrides = Self.overridable(ServerTable.section.description, at: .root).compactMap { path, names in
            if let flag = names.flag, let text = flags[flag] {
                return Override(path: path, text: text, place: Place(source: "flag \(flag)"))
            }
            guard let text = environment[names.environment], !text.isEmpty else { return nil }
            let place = Place(source: "environment variable \(names.environment)")
            return Override(path: path, text: text, place: place)
        }
    }

    /// The document with the overridden values in place of the file's.
    func applied(to document: DocumentNode) -> DocumentNode {
        overrides.reduce(document) { document, override in
            document.setting(
                override.path.components[...], to: DocumentNode(text: override.text, place: override.place))
        }
    }

    private static func overridable(
        _ section: SectionDescription, at path: SettingPath
    ) -> [(SettingPath, OverrideNames)] {
        section.fields.flatMap { field -> [(SettingPath, OverrideNames)] in
            let path = path.appending(field.name)
            if let names = field.override { return [(path, names)] }
            guard let nested = field.nested, nested.shape == .single else { return [] }
            return overridable(nested.section, at: path)
        }
    }
}
