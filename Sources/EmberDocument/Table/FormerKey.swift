/// A key that has another name now. The former name is accepted for one release, with a warning that names the new one.
package struct FormerKey: Sendable {
    /// The former path and the present one; `*` stands for any name, which stays at its place.
    package let old: [String]
    package let new: [String]

    /// Paths in dots. Where the new path begins with the old one, only a value that is no map is moved: `memory: 8GB`.
    package init(_ old: String, _ new: String) {
        self.old = old.split(separator: ".").map(String.init)
        self.new = new.split(separator: ".").map(String.init)
    }

    /// The present path of a former one; nil for any other path.
    package func renamed(_ path: [String]) -> [String]? {
        guard path.count == old.count, zip(old, path).allSatisfy({ $0 == "*" || $0 == $1 }) else { return nil }
        return new.indices.map { new[$0] == "*" ? path[$0] : new[$0] }
    }

    private var isWrapping: Bool { new.starts(with: old) }

    /// What a warning says at the new key.
    package func warning(_ path: [String]) -> String {
        "replaces \(SettingPath(components: path)), which the next release no longer accepts; write the new name"
    }

    /// Every path of the document that has the former name.
    fileprivate func paths(in node: DocumentNode) -> [[String]] {
        var found: [(path: [String], node: DocumentNode)] = [([], node)]
        for name in old {
            found = found.flatMap { path, node in
                node.entries.filter { name == "*" || $0.key == name }.map { (path + [$0.key], $0.value) }
            }
        }
        return found.filter { !isWrapping || !$0.node.isMapping }.map(\.path)
    }
}

extension DocumentNode {
    fileprivate var isMapping: Bool { if case .mapping = content { true } else { false } }

    /// The document with its former keys under their present names; each is reported as a warning, and as a problem
    /// where the present name is given too.
    package func renaming(_ keys: [FormerKey], _ problems: inout Problems) -> DocumentNode {
        var document = self
        for key in keys {
            for path in key.paths(in: document) {
                guard let new = key.renamed(path), let entry = document.entry(at: path[...]) else { continue }
                let rest = document.removing(path[...])
                let present = SettingPath(components: new)
                if rest.entry(at: new[...]) == nil {
                    problems.warn(entry.place, present, key.warning(path))
                    document = rest.setting(new[...], to: entry.value, at: entry.place)
                } else {
                    let former = SettingPath(components: path)
                    problems.report(entry.place, present, "is given as \(former) too, its former name; remove that")
                    document = rest
                }
            }
        }
        return document
    }

    private func entry(at path: ArraySlice<String>) -> DocumentEntry? {
        guard let key = path.first, let entry = entries.first(where: { $0.key == key }) else { return nil }
        return path.count == 1 ? entry : entry.value.entry(at: path.dropFirst())
    }

    private func removing(_ path: ArraySlice<String>) -> DocumentNode {
        guard let key = path.first, case .mapping(let entries) = content else { return self }
        let kept = entries.compactMap { entry -> DocumentEntry? in
            guard entry.key == key else { return entry }
            guard path.count > 1 else { return nil }
            return DocumentEntry(key: key, place: entry.place, value: entry.value.removing(path.dropFirst()))
        }
        return DocumentNode(place: place, content: .mapping(kept))
    }
}
