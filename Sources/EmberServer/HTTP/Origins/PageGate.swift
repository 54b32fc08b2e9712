import HTTPTypes
import Hummingbird

/// Applies `PageAccess` before anything of a request's body is read, and answers browsers with what it has granted.
struct PageGate: RouterMiddleware {
    typealias Context = EmberRequestContext

    let access: PageAccess
    let authentication: Authentication

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        switch access.judge(request.head, hasKey: { authentication.key(of: request) != nil }) {
        case .preflight(let grant):
            return Response(status: .noContent, headers: grant.preflight(for: request.headers))
        case .refused(let refusal, let grant):
            return told(try APIError(refusal).response(from: request, context: context), grant)
        case .allowed(let grant):
            return told(try await next(request, context), grant)
        }
    }

    private func told(_ response: Response, _ grant: PageAccess.Grant?) -> Response {
        guard !access.origins.isEmpty else { return response }
        var response = response
        // What is kept for one origin is not another's, nor that of a request without any.
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        if let grant {
            grant.write(to: &response.headers)
            response.headers[.accessControlExposeHeaders] = PageAccess.Grant.exposed
        }
        return response
    }
}

extension PageAccess.Grant {
    /// What pages may read of a reply, beside what they always may.
    static let exposed = HTTPField.Name.ofReplies.map(\.canonicalName).joined(separator: ", ")

    private static let maxAgeSeconds = 600
    private static let methods = "GET, POST, PUT, DELETE"
    private static let usualHeaders = HTTPField.Name.ofRequests.map(\.canonicalName).joined(separator: ", ")
    private static let longestList = 4096

    func write(to headers: inout HTTPFields) {
        headers[.accessControlAllowOrigin] = origin
        if takesCredentials { headers[.accessControlAllowCredentials] = "true" }
    }

    func preflight(for asked: HTTPFields) -> HTTPFields {
        var headers: HTTPFields = [
            .vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Private-Network",
            .accessControlAllowMethods: Self.methods, .accessControlMaxAge: String(Self.maxAgeSeconds),
            .accessControlAllowHeaders: Self.allowed(asked[.accessControlRequestHeaders]),
        ]
        write(to: &headers)
        if asked[.requestPrivateNetwork] == "true" { headers[.allowPrivateNetwork] = "true" }
        return headers
    }

    /// The names that are asked for: SDKs add new ones with every version, and the page is trusted. Where that is no
    /// list of names, the usual ones.
    private static func allowed(_ asked: String?) -> String {
        guard let asked, !asked.isEmpty, asked.utf8.count <= longestList else { return usualHeaders }
        let names = asked.split(separator: ",").map { HTTPField.Name($0.trimming { $0 == " " || $0 == "\t" }) }
        return names.isEmpty || names.contains(nil)
            ? usualHeaders : names.compactMap { $0?.canonicalName }.joined(separator: ", ")
    }
}

extension Substring {
    fileprivate func trimming(_ isBlank: (Character) -> Bool) -> String {
        String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}

extension HTTPField.Name {
    fileprivate static let requestPrivateNetwork = HTTPField.Name("access-control-request-private-network")!
    fileprivate static let allowPrivateNetwork = HTTPField.Name("access-control-allow-private-network")!
}

extension APIError {
    init(_ refusal: PageAccess.Refusal) {
        switch refusal {
        case .badHost:
            self = .invalidRequest(
                "A request needs one Host header that names a host, such as 'Host: localhost:11500'.", param: "host",
                code: "bad_host")
        case .foreignHost(let host):
            self = .refused(
                "'\(host.prefix(200))' (Host) is no name of this server. Call it by its address or as "
                    + "localhost, send a key, or add the name to allowed_hosts.", param: "host", code: "foreign_host")
        case .foreignOrigin("null"):
            self = .refused(
                "Web pages without an origin ('null': files, and frames without rights) may not use this "
                    + "server. Serve the page from an address, and add that to cors.origins.", param: "origin",
                code: "foreign_origin")
        case .foreignOrigin(let origin):
            self = .refused(
                "Web pages of '\(origin.prefix(200))' (Origin) may not use this server. Add the origin to cors.origins "
                    + "to let them.", param: "origin", code: "foreign_origin")
        case .foreignSite(let site):
            self = .refused(
                "Web pages of other sites ('\(site.prefix(200))', Sec-Fetch-Site) may not use this server. Add "
                    + "their origins to cors.origins, and have them send Origin, to let them.",
                param: "sec-fetch-site",
                code: "foreign_origin")
        }
    }

    private static func refused(_ message: String, param: String, code: String) -> APIError {
        APIError(status: .forbidden, message: message, type: "permission_error", param: param, code: code)
    }
}
