import Yams

/// Turns Yams' nodes into `DocumentNode`s: bounds their number, expands the environment, notices duplicate keys.
struct DocumentConverter {
    let source: String
    let environment: [String: String]
    /// Keys written twice, by the name that stands in for the first of them.
    let originalKeys: [String: String]
    var problems = Problems()
    private var nodes = 0
    private var isTooLarge = false

    init(source: String, environment: [String: String], originalKeys: [String: String]) {
        self.source = source
        self.environment = environment
        self.originalKeys = originalKeys
    }

    /// Nil once a limit is exceeded.
    mutating func convert(_ node: Node, at path: SettingPath) -> DocumentNode? {
        guard isWithinLimits(node, path) else { return nil }
        checkTag(of: node, path)
        switch node {
        case .scalar(let scalar):
            return DocumentNode(place: place(node), content: .scalar(convert(scalar, at: path, place(node))))
        case .sequence(let sequence):
            var elements: [DocumentNode] = []
            for (index, element) in sequence.enumerated() {
                guard let element = convert(element, at: path.appending(index: index)) else { return nil }
                elements.append(element)
            }
            return DocumentNode(place: place(node), content: .sequence(elements))
        case .mapping(let mapping):
            return convert(mapping, at: path).map { DocumentNode(place: place(node), content: .mapping($0)) }
        case .alias:
            return nil
        }
    }

    private mutating func convert(_ mapping: Node.Mapping, at path: SettingPath) -> [DocumentEntry]? {
        var entries: [DocumentEntry] = []
        var firstPlaces: [String: Place] = [:]
        for (keyNode, valueNode) in mapping {
            guard let key = keyNode.scalar?.string else {
                problems.report(place(keyNode), path, "a key is a list or a map; write a plain word")
                continue
            }
            let name = originalKeys[key] ?? key
            reportIfRepeated(name, place(keyNode), path, &firstPlaces)
            guard let value = convert(valueNode, at: path.appending(name)) else { return nil }
            // Of two keys with one name the second counts for the checks that follow.
            if originalKeys[key] == nil {
                entries.append(DocumentEntry(key: name, place: place(keyNode), value: value))
            }
        }
        return entries
    }

    private mutating func reportIfRepeated(
        _ name: String, _ place: Place, _ path: SettingPath, _ firstPlaces: inout [String: Place]
    ) {
        guard let first = firstPlaces.updateValue(place, forKey: name) else { return }
        let line = first.line.map { " (first on line \($0))" } ?? ""
        problems.report(place, path.appending(name), "is given twice\(line); remove one")
    }

    private mutating func convert(_ scalar: Node.Scalar, at path: SettingPath, _ place: Place) -> DocumentScalar {
        var result = DocumentScalar(text: scalar.string, shown: scalar.string, isPlain: scalar.style == .plain)
        do {
            result.text = try EnvironmentExpansion(environment: environment).expanded(scalar.string)
        } catch {
            problems.report(place, path, error.message)
            result.isUsable = false
        }
        return result
    }

    private mutating func isWithinLimits(_ node: Node, _ path: SettingPath) -> Bool {
        guard !isTooLarge else { return false }
        nodes += 1
        if nodes > DocumentLimits.nodes {
            problems.report(place(node), .root, "more than \(DocumentLimits.nodes) values; are YAML aliases nested?")
        } else if path.components.count > DocumentLimits.depth {
            problems.report(place(node), .root, DocumentLimits.depthMessage)
        } else {
            return true
        }
        isTooLarge = true
        return false
    }

    /// A tag would change a value's meaning elsewhere; here it would silently do nothing.
    private mutating func checkTag(of node: Node, _ path: SettingPath) {
        let tag = node.tag.rawValue
        guard !["", "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"].contains(tag) else {
            return
        }
        problems.report(place(node), path, "has the YAML tag \(Quotation.of(tag)); remove the tag")
    }

    private func place(_ node: Node) -> Place {
        Place(source: source, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }
}
