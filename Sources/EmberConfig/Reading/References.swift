import EmberDocument

/// Checks names that refer to something configured elsewhere.
enum References {
    static func check(
        _ name: String, _ thing: String, among names: [String], at path: SettingPath, _ reading: inout Reading
    ) {
        guard !names.contains(name) else { return }
        let suggestion = Suggestion.phrase(for: name, among: names)
        let fix = suggestion.isEmpty ? "; \(advice(thing, names))" : suggestion
        reading.report(path, "\(reading.shown(name, at: path)) is not a configured \(thing)\(fix)")
    }

    private static func advice(_ thing: String, _ names: [String]) -> String {
        names.isEmpty ? "add it under \(thing)s:" : "configured are \(names.joined(separator: ", "))"
    }
}

extension PathResolver {
    /// The absolute path, or the text itself if it can't be resolved, which is reported.
    func resolve(_ text: String, relativeTo base: String, at path: SettingPath, _ reading: inout Reading) -> String {
        do throws(QuantityError) {
            return try resolve(text, relativeTo: base)
        } catch {
            reading.report(path, "the path \(error.reason)")
            return text
        }
    }
}
