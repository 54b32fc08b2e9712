public import NIOCore
public import NIOHTTP1

/// What an engine is asked.
public struct WireRequest: Sendable {
    /// Its body.
    enum Body: Sendable {
        case whole(ByteBuffer)
        case pieces(any WirePieces)
    }

    let method: HTTPMethod
    let path: String
    let headers: HTTPHeaders
    let body: Body
    /// Tells when the engine has ended its work for the request, also when that is given up; nil: a request that is
    /// given up ends with its connection.
    let claim: WireClaim?

    /// Of what only reads.
    init(getting path: String) {
        method = .GET
        self.path = path
        headers = HTTPHeaders()
        body = .whole(ByteBuffer())
        claim = nil
    }

    /// - Parameter headers: without those that concern the connection or the body's length.
    public init(path: String, headers: HTTPHeaders, body: ByteBuffer, claim: WireClaim? = nil) {
        method = .POST
        self.path = path
        self.headers = headers
        self.body = .whole(body)
        self.claim = claim
    }

    /// - Parameter headers: without those that concern the connection or the body's length.
    public init(path: String, headers: HTTPHeaders, pieces: any WirePieces, claim: WireClaim? = nil) {
        method = .POST
        self.path = path
        self.headers = headers
        body = .pieces(pieces)
        self.claim = claim
    }
}

/// A long body that is made piece by piece, as fast as the engine takes it, and from the start for each try.
public protocol WirePieces: Sendable {
    /// Of all its bytes.
    var count: Int { get }

    /// Some bytes from `offset` on: at least one, as long as `offset` is less than `count`.
    func piece(at offset: Int, on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer>
}
