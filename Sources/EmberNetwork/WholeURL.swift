import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Requests to plain http servers through a proxy: the connection is the proxy's, and the request line has the whole
/// URL.
///
/// The HTTP client itself asks proxies for a tunnel also where the server is plain http, and most proxies allow that to
/// port 443 alone.
enum WholeURL {
    /// Host and port as they stand in a URL.
    static func server(of url: String) -> Substring {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let authority = rest.prefix { !"/?#".contains($0) }
        return authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    }

    /// Turns a request to a server into one to the proxy, which finds the server in the field Host.
    static func readdress(_ request: inout HTTPClientRequest, to proxy: ProxyAddress) {
        let server = server(of: request.url)
        let path = request.url[server.endIndex...]
        request.headers.replaceOrAdd(name: "Host", value: String(server))
        request.url = "http://\(proxy.authority)\(path)"
    }

    /// Makes a connection's requests ones to a proxy.
    static func install(in channel: any Channel, _ authorization: String?) throws {
        let pipeline = channel.pipeline.syncOperations
        let encoder = try pipeline.handler(type: HTTPRequestEncoder.self)
        try pipeline.addHandler(Handler(authorization: authorization), position: .after(encoder))
    }

    private final class Handler: ChannelOutboundHandler {
        typealias OutboundIn = HTTPClientRequestPart
        typealias OutboundOut = HTTPClientRequestPart

        private let authorization: String?

        init(authorization: String?) { self.authorization = authorization }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            guard case .head(var head) = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
            head.uri = "http://\(head.headers.first(name: "Host") ?? "")\(head.uri)"
            if let authorization { head.headers.replaceOrAdd(name: "Proxy-Authorization", value: authorization) }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        }
    }
}
