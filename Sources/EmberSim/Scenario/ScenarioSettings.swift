import EmberDocument

extension DocumentNode {
    /// A scenario's document with the settings in place of what it states itself; of two with one key the later holds.
    func with(_ settings: [Setting], _ problems: inout Problems) throws(ScenarioError) -> DocumentNode {
        guard !settings.isEmpty, case .mapping = content else { return self }
        // What was published was published of the scenario as it stands.
        var document = DocumentNode(place: place, content: .mapping(entries.filter { $0.key != "published" }))
        for setting in settings {
            let path = Self.present(document.path(dotted: Substring(setting.key)), setting.place, &problems)
            try document.checkName(path, of: setting)
            try document.checkWay(path, of: setting)
            document = document.setting(path[...], to: DocumentNode(text: setting.value, place: setting.place))
        }
        return document
    }

    /// A path under its present name; a former one is reported.
    private static func present(_ path: [String], _ place: Place, _ problems: inout Problems) -> [String] {
        for key in ScenarioTable.formerKeys {
            guard let present = key.renamed(path) else { continue }
            problems.warn(place, SettingPath(components: present), key.warning(path))
            return present
        }
        return path
    }

    /// A misspelt name would be a further model or service, silently.
    private func checkName(_ path: [String], of setting: Setting) throws(ScenarioError) {
        guard path.count > 1, ["models", "services"].contains(path[0]) else { return }
        let names = entries.first { $0.key == path[0] }?.value.entries.map(\.key) ?? []
        guard !names.contains(path[1]) else { return }
        let suggestion = Suggestion.phrase(for: path[1], among: names)
        let fix = suggestion.isEmpty ? "; write one of \(names.prefix(8).joined(separator: ", "))" : suggestion
        throw ScenarioError(
            setting.place, key: SettingPath(components: path).description,
            "\(Quotation.of(path[1])) is not among the \(path[0])\(fix)")
    }

    /// A key below a single value would be lost, silently.
    private func checkWay(_ path: [String], of setting: Setting) throws(ScenarioError) {
        var node = self
        for (depth, key) in path.enumerated() {
            if case .mapping = node.content {
            } else if !node.isNull {
                let way = SettingPath(components: Array(path.prefix(depth))).description
                throw ScenarioError(
                    setting.place, key: SettingPath(components: path).description,
                    "\(way) is \(node.kindName), which has no keys; set \(way) itself")
            }
            guard let next = node.entries.first(where: { $0.key == key }) else { return }
            node = next.value
        }
    }
}
