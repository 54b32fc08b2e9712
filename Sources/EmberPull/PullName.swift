import EmberSystem

/// Names of files in the models folder.
enum PullName {
    /// Leaves room for the suffixes of the partial file's companions within the usual 255 bytes.
    static let maximumLength = 200

    /// Endings of the files that accompany a download, which no model may take.
    private static let reservedEndings = [
        PullPaths.partSuffix, PullPaths.metadataSuffix, PullPaths.lockSuffix, PullPaths.wheelSuffix,
    ]

    /// A harmless file name from untrusted text: never a path separator, "..", a hidden file or a control character.
    ///
    /// - Returns: nil when nothing usable is left.
    static func sanitised(_ text: some StringProtocol) -> String? {
        var name = ""
        for character in text {
            if character == ".", name.isEmpty || name.hasSuffix(".") { continue }
            name.append(isPlain(character) ? character : "_")
        }
        while name.hasSuffix(".") { name.removeLast() }
        guard name.contains(where: { $0 != "_" }), name.count <= maximumLength else { return nil }
        // Some file systems take no notice of case.
        guard !reservedEndings.contains(where: name.lowercased().hasSuffix) else { return nil }
        return name
    }

    /// Checks a name that the user chose, which is used as it is or not at all.
    static func checked(_ name: String) throws(PullError) -> String {
        guard sanitised(name) == name else {
            throw .badName(
                "name \"\(OneLine.of(name))\" cannot be a file of the models folder: use at most"
                    + " \(maximumLength) letters, digits and . _ + -, no leading dot, no \"..\" and no ending in .part")
        }
        return name
    }

    private static func isPlain(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "._+-".contains(character))
    }
}
