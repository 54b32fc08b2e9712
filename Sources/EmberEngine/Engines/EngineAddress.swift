/// Where an engine listens.
public enum EngineAddress: Sendable, Equatable, CustomStringConvertible {
    case unixSocket(path: String)
    case loopback(port: Int)

    /// The URL, as AsyncHTTPClient takes it, to which a path such as "/v1/models" is appended.
    public var baseURL: String {
        switch self {
        case .unixSocket(let path): "http+unix://" + Self.percentEncoded(path)
        case .loopback(let port): "http://127.0.0.1:\(port)"
        }
    }

    public var description: String {
        switch self {
        case .unixSocket(let path): path
        case .loopback(let port): "127.0.0.1:\(port)"
        }
    }

    private static func percentEncoded(_ path: String) -> String {
        path.utf8.map { byte in
            let character = Character(Unicode.Scalar(byte))
            let isPlain = character.isASCII && (character.isLetter || character.isNumber || "-._~".contains(character))
            return isPlain ? String(character) : "%" + hexadecimal(byte)
        }.joined()
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
    }
}
