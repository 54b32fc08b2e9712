import Foundation

/// A picture that goes with a prompt, as a URL that has the picture itself.
struct Picture {
    let url: String

    private static let limit = 20 << 20
    /// By their first bytes: names say little.
    private static let signs: [(type: String, offset: Int, bytes: [UInt8])] = [
        ("png", 0, [0x89] + Array("PNG\r\n".utf8)), ("jpeg", 0, [0xFF, 0xD8, 0xFF]), ("gif", 0, Array("GIF8".utf8)),
        ("webp", 8, Array("WEBP".utf8)), ("bmp", 0, Array("BM".utf8)),
    ]

    init(file: String) throws {
        let data = try NamedFile.bytes(of: file, upTo: Self.limit, fix: "make the picture smaller")
        guard let sign = Self.signs.first(where: { data.dropFirst($0.offset).starts(with: $0.bytes) }) else {
            throw CommandFailure(
                "\(file) is no PNG, JPEG, GIF, WebP or BMP picture: convert it, or use --file for a text")
        }
        url = "data:image/\(sign.type);base64,\(data.base64EncodedString())"
    }
}
