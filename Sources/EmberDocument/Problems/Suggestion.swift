/// Finds the known name that a misspelt one was probably meant to be.
package enum Suggestion {
    /// " (did you mean ...?)", or nothing when no name is near; O(names x length²).
    package static func phrase(for name: String, among names: [String]) -> String {
        nearest(to: name, among: names).map { "; did you mean \($0)?" } ?? ""
    }

    package static func nearest(to name: String, among names: [String]) -> String? {
        let typed = normalised(name)
        guard typed.count <= 64 else { return nil }
        let ranked = names.map { (name: $0, distance: distance(typed, normalised($0))) }
        guard let best = ranked.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) else { return nil }
        return best.distance <= max(1, typed.count / 3) ? best.name : nil
    }

    /// "modelsDir" and "models-dir" are as good as "models_dir".
    private static func normalised(_ name: String) -> [Character] {
        Array(name.lowercased().filter { $0 != "_" && $0 != "-" })
    }

    /// Levenshtein's distance, with one row of the table at a time.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (i, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let substitution = diagonal + (character == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
