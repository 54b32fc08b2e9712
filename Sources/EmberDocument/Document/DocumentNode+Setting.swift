// Values from outside of a document, such as a flag's, in place of its own.
extension DocumentNode {
    /// The node with the value at a path of keys replaced or added; wrong kinds on the way stay, to be reported.
    ///
    /// - Parameter place: of the keys that are added; the value's own by default.
    package func setting(_ path: ArraySlice<String>, to value: DocumentNode, at place: Place? = nil) -> DocumentNode {
        guard let key = path.first else { return value }
        if case .mapping = content {} else if !isNull { return self }
        var entries = self.entries
        let old = entries.first { $0.key == key }?.value
        let empty = DocumentNode(place: value.place, content: .mapping([]))
        let new = DocumentEntry(
            key: key, place: place ?? value.place,
            value: (old ?? empty).setting(path.dropFirst(), to: value, at: place)
        )
        if let index = entries.firstIndex(where: { $0.key == key }) {
            entries[index] = new
        } else {
            entries.append(new)
        }
        return DocumentNode(place: self.place, content: .mapping(entries))
    }

    /// The path that a dotted text means: names may have dots, so keys that are there come before dots.
    package func path(dotted text: Substring) -> [String] {
        let known = entries.filter { text == $0.key || text.hasPrefix($0.key + ".") }
        guard let entry = known.max(by: { $0.key.count < $1.key.count }) else {
            return text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        }
        let rest = text.dropFirst(entry.key.count)
        return [entry.key] + (rest.isEmpty ? [] : entry.value.path(dotted: rest.dropFirst()))
    }

    /// A map's entries; none of other values.
    package var entries: [DocumentEntry] {
        if case .mapping(let entries) = content { entries } else { [] }
    }
}
