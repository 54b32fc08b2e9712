/// The way to a setting from the top of the configuration; model names may have dots, so it is no plain text.
struct SettingPath: Hashable, Sendable {
    private(set) var components: [String]

    static let root = SettingPath(components: [])

    func appending(_ key: String) -> SettingPath { SettingPath(components: components + [key]) }

    func appending(index: Int) -> SettingPath { SettingPath(components: components + ["[\(index)]"]) }

    var parent: SettingPath? {
        components.isEmpty ? nil : SettingPath(components: components.dropLast())
    }
}

extension SettingPath: CustomStringConvertible {
    /// "models.smollm2.context" or "keys[0].name".
    var description: String {
        components.reduce("") { text, component in
            text.isEmpty || component.hasPrefix("[") ? text + component : "\(text).\(component)"
        }
    }
}
