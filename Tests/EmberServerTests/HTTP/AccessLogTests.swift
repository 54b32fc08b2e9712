import Hummingbird
import HummingbirdTesting
import Testing

@testable import EmberServer

/// Which paths a log may show.
@Suite struct AccessLogTests {
    @Test(arguments: [
        ("/v1/chat/completions", "/v1/chat/completions"), ("/v1/chat/completions?key=secret", "/v1/chat/completions"),
        ("/chat/completions", "/chat/completions"), ("/v1/models/secret", "/v1/models/…"),
        ("/ember/v1/decisions/secret?x", "/ember/v1/decisions/…"), ("/secret", "unknown"), ("", "unknown"),
        ("/v1/models", "/v1/models"),
    ])
    func onlyPathsOfRoutesAreShown(path: String, shown: String) {
        let router = Router(context: EmberRequestContext.self)
        router.post("/v1/chat/completions") { _, _ in "" }
        router.get("/v1/models") { _, _ in "" }
        router.get("/v1/models/**") { _, _ in "" }
        router.get("/ember/v1/decisions/:id") { _, _ in "" }
        let directory = RouteDirectory()
        directory.fill(router.routes)
        #expect(directory.shown(path) == shown)
    }
}
