import Foundation
import HTTPTypes
import NIOCore

@testable import EmberConfig
@testable import EmberServer

/// The target of a request line: what is canonical stays so, and what passes as plain is canonical.
let fuzzRequestTarget: FuzzTarget = { input in
    let text = String(decoding: input, as: UTF8.self)
    let read = try? RequestTarget(text)
    if RequestTarget.isPlain(text) { promise(read?.text == text, "plain, but not canonical: \(text)") }
    if let read {
        let again = try? RequestTarget(read.text)
        promise(again == read, "\(read.text) is not its own canonical form")
        promise(!read.path.contains("/../") && !read.path.hasSuffix("/.."), "a dot segment is left in \(read.path)")
        promise(read.text.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "more than visible ASCII in \(read.text)")
        promise(read.path == "/" || !read.path.hasSuffix("/"), "an empty segment is left in \(read.path)")
    }
    if let form = AbsoluteForm(text) { promise(form.target.hasPrefix("/"), "\(form.target) is no path") }
    let directory = RouteDirectory()
    _ = directory.nearest(to: text, method: "POST")
    _ = APIForm(path: text)
}

/// A head's fields, `name: value` a line; the first line is the host.
let fuzzHeaders: FuzzTarget = { input in
    let lines = String(decoding: input, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    let host = lines.first.map(String.init) ?? ""
    var fields = HTTPFields()
    for line in lines.dropFirst() {
        guard let colon = line.firstIndex(of: ":"), let name = HTTPField.Name(String(line[..<colon])) else { continue }
        fields.append(HTTPField(name: name, value: String(line[line.index(after: colon)...])))
    }
    let method = HTTPRequest.Method(host.hasPrefix("o") ? "OPTIONS" : "POST") ?? .post
    let request = HTTPRequest(
        method: method, scheme: "http", authority: host, path: "/v1/models", headerFields: fields)
    var access = PageAccess()
    access.origins = ["https://app.example", "http://*.lan.example:*"].compactMap { try? OriginPattern.parse($0) }
    access.hosts = ["*.lan.example"].compactMap { try? HostPattern.parse($0) }
    let verdict = access.judge(request, hasKey: { false })
    // Fields are trimmed.
    let named = request.authority ?? ""
    if case .allowed(nil) = verdict, let origin = fields[.origin] {
        let own = HostAndPort(named).map { WebOrigin("http://\(named)") != nil || $0.isBracketed } ?? false
        promise(own, "a page of \(origin) passes as one of \(named)'s own")
    }
    if let parsed = HostAndPort(host), !parsed.isBracketed {
        promise(!parsed.host.contains("/") && !parsed.host.contains("@"), "\(parsed.host) is no host")
    }
    if let origin = WebOrigin(host) { _ = origin.effectivePort }
    _ = try? ContextChoice(fields)
    for field in fields { _ = Double(field.value) }
}
