import EmberSystem
import Foundation

/// A file of a model repository on Hugging Face, or on a server with the same addresses.
struct HuggingFaceFile: Hashable, Sendable, CustomStringConvertible {
    static let defaultEndpoint = "https://huggingface.co"

    let owner: String
    let repository: String
    var path: String
    let revision: String

    /// Parses what follows `hf:`. The revision is what follows the last `@`.
    init(parsing text: Substring) throws(PullError) {
        let at = text.lastIndex(of: "@")
        let parts = text[..<(at ?? text.endIndex)].split(separator: "/", omittingEmptySubsequences: false)
        let revision = at.map { String(text[text.index(after: $0)...]) } ?? "main"
        guard parts.count >= 3, parts[..<2].allSatisfy(Self.isName), parts[2...].allSatisfy(Self.isPathPart) else {
            throw .badSource(
                "source \"hf:\(OneLine.of(String(text)))\" is not hf:owner/repo/path/file.gguf:"
                    + " give the owner, the repository and the file's path in it")
        }
        guard revision.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(Self.isName) else {
            throw .badSource(
                "source \"hf:\(OneLine.of(String(text)))\" has no valid revision after @:"
                    + " use a branch, a tag or a commit, or leave @ out")
        }
        owner = String(parts[0])
        repository = String(parts[1])
        path = parts[2...].joined(separator: "/")
        self.revision = revision
    }

    var description: String {
        "hf:\(owner)/\(repository)/\(path)" + (revision == "main" ? "" : "@\(revision)")
    }

    /// The file's address; a revision's slashes are part of its name and so are encoded.
    func url(endpoint: URL) -> URL? {
        var base = endpoint.absoluteString
        while base.hasSuffix("/") { base.removeLast() }
        let encodedPath = path.split(separator: "/").map { Self.encoded(String($0)) }.joined(separator: "/")
        return URL(string: "\(base)/\(owner)/\(repository)/resolve/\(Self.encoded(revision))/\(encodedPath)")
    }

    private static let unreserved = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            if unreserved.contains(byte) { return String(UnicodeScalar(byte)) }
            return (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "."), first != UInt8(ascii: "-") else { return false }
        return text.utf8.allSatisfy { unreserved.contains($0) && $0 != UInt8(ascii: "~") } && !text.contains("..")
    }

    private static func isPathPart(_ text: Substring) -> Bool {
        !text.isEmpty && text != "." && text != ".." && !text.contains("\\")
            && text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
    }
}
