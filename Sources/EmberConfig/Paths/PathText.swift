/// Paths as text; nothing here looks at the disk.
package enum PathText {
    /// `path` seen from `base`, without "." and doubled slashes; ".." stays, because links may change its meaning.
    static func joined(_ base: String, _ path: String) -> String {
        tidied(path.hasPrefix("/") ? path : base + "/" + path)
    }

    /// `path` with the home folder in place of `~`, where that stands alone before the first slash.
    static func expanded(_ path: String, home: String) -> String {
        path == "~" || path.hasPrefix("~/") ? home + path.dropFirst() : path
    }

    package static func parent(_ path: String) -> String {
        let parts = path.split(separator: "/").dropLast()
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }

    private static func tidied(_ path: String) -> String {
        let parts = path.split(separator: "/").filter { $0 != "." }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }
}
