// The yardstick of `make bench`: the reverse proxy that one would write with Hummingbird and AsyncHTTPClient when there
// is nothing to decide. No planner, no JSON, one upstream.
//
//     bare-pass-through PORT UPSTREAM        UPSTREAM: http://127.0.0.1:PORT or http+unix://%2Fpath%2Fto%2Fsocket

import AsyncHTTPClient
import Foundation
import Hummingbird
import Logging

guard CommandLine.arguments.count == 3, let port = Int(CommandLine.arguments[1]) else {
    FileHandle.standardError.write(Data("usage: bare-pass-through PORT UPSTREAM\n".utf8))
    exit(2)
}
let upstream = CommandLine.arguments[2]

// The settings of Ember's own client (EngineClient.makeHTTPClient), so that only what is done with it differs.
var settings = HTTPClient.Configuration()
settings.redirectConfiguration = .disallow
settings.timeout.connect = .seconds(10)
settings.connectionPool.idleTimeout = .seconds(4)
settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4096
settings.connectionPool.retryConnectionEstablishment = false
let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)

let router = Router()
router.post("**") { request, _ in
    var forwarded = HTTPClientRequest(url: upstream + request.uri.path)
    forwarded.method = .POST
    // AsyncHTTPClient names no host on a Unix socket, and nginx then answers 400.
    forwarded.headers.add(name: "host", value: "localhost")
    if let type = request.headers[.contentType] { forwarded.headers.add(name: "content-type", value: type) }
    forwarded.body = .bytes(try await request.body.collect(upTo: 32 << 20))
    let answer = try await client.execute(forwarded, deadline: .distantFuture)
    var response = Response(
        status: .init(code: Int(answer.status.code), reasonPhrase: answer.status.reasonPhrase),
        body: .init(asyncSequence: answer.body))
    response.headers[.contentType] = answer.headers.first(name: "content-type")
    // A known length spares the chunked encoding.
    response.headers[.contentLength] = answer.headers.first(name: "content-length")
    return response
}

var logger = Logger(label: "bare-pass-through")
logger.logLevel = .warning
let application = Application(
    router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)
try await application.runService()
try await client.shutdown().get()
