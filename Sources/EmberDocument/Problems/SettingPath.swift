/// The way to a setting from the top of the configuration; model names may have dots, so it is no plain text.
package struct SettingPath: Hashable, Sendable {
    package private(set) var components: [String]

    package init(components: [String]) { self.components = components }

    package static let root = SettingPath(components: [])

    package func appending(_ key: String) -> SettingPath { SettingPath(components: components + [key]) }

    package func appending(index: Int) -> SettingPath { SettingPath(components: components + ["[\(index)]"]) }

    package var parent: SettingPath? {
        components.isEmpty ? nil : SettingPath(components: components.dropLast())
    }
}

extension SettingPath: CustomStringConvertible {
    /// "models.smollm2.context" or "keys[0].name".
    package var description: String {
        components.reduce("") { text, component in
            text.isEmpty || component.hasPrefix("[") ? text + component : "\(text).\(component)"
        }
    }
}
