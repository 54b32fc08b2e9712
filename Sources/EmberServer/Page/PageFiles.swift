import Crypto
import EmberPage
import HTTPTypes
import Hummingbird
import NIOCore

/// Answers for the files of the page at `/`. They hold nothing of this server, so they need no key.
struct PageFiles: Sendable {
    fileprivate struct File: Sendable {
        let tag: String
        let contentType: String
        let plain: ByteBuffer
        let compressed: ByteBuffer
    }

    private let files: [String: File]

    /// Compresses every file, once.
    init(_ all: [PageFile] = PageFile.all) {
        files = Dictionary(uniqueKeysWithValues: all.map { ($0.path, File($0)) })
    }

    /// - Parameter path: canonical, without a query.
    /// - Returns: nil where no file is there, another method than GET is asked for, or a program asks for `/`: Ollama's
    ///   clients find out there whether it runs.
    func response(to request: HTTPRequest) -> Response? {
        guard request.method == .get, let target = request.path else { return nil }
        let path = String(target.prefix { $0 != "?" })
        guard let file = files[path] else { return nil }
        guard path != "/" || request.headerFields[.accept]?.contains("text/html") == true else { return nil }
        var headers = Self.headers
        headers[.contentType] = file.contentType
        headers[.eTag] = file.tag
        if request.headerFields[.ifNoneMatch]?.contains(file.tag) == true {
            return Response(status: .notModified, headers: headers)
        }
        let mayCompress = request.headerFields[.acceptEncoding]?.contains("gzip") == true
        if mayCompress { headers[.contentEncoding] = "gzip" }
        return Response(
            status: .ok, headers: headers,
            body: .init(byteBuffer: mayCompress ? file.compressed : file.plain))
    }

    /// Nothing from elsewhere, nothing inline, no frame around it. Pictures that the user tries a model with are shown
    /// from memory (`data:`, `blob:`).
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
        "img-src 'self' data: blob:", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    private static let headers: HTTPFields = [
        .contentSecurityPolicy: policy, .xContentTypeOptions: "nosniff",
        HTTPField.Name("referrer-policy")!: "no-referrer",
        HTTPField.Name("cross-origin-opener-policy")!: "same-origin",
        // A browser asks each time, and has the file again only where it has changed.
        .cacheControl: "no-cache", .vary: "Accept, Accept-Encoding",
    ]
}

extension PageFiles.File {
    fileprivate init(_ file: PageFile) {
        let digest = SHA256.hash(data: file.bytes).prefix(8).map { String($0, radix: 16) }.joined()
        tag = "\"\(digest)\""
        contentType = file.contentType
        plain = ByteBuffer(bytes: file.bytes)
        compressed = ByteBuffer(bytes: Gzip.compressed(file.bytes))
    }
}
