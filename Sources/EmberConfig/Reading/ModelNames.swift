import EmberDocument

/// Checks that every name and alias means one model.
enum ModelNames {
    static func check(_ models: [ModelDraft], defaults: SettingPath, _ reading: inout Reading) {
        let shared = defaults.appending("aliases")
        if reading.isStated(shared) {
            reading.report(shared, "would give several models the same names; write aliases in a model")
        }
        let names = Set(models.map(\.name))
        var owners: [String: String] = [:]
        for model in models {
            for (index, alias) in model.aliases.enumerated() {
                let path = SettingPath(components: ["models", model.name, "aliases"]).appending(index: index)
                if names.contains(alias) {
                    reading.report(
                        path, "\(reading.shown(alias, at: path)) is the name of a model; choose another alias")
                } else if let owner = owners.updateValue(model.name, forKey: alias) {
                    let other = owner == model.name ? "twice in this list" : "an alias of \(owner) too"
                    reading.report(path, "\(reading.shown(alias, at: path)) is \(other); remove one")
                }
            }
        }
    }
}
