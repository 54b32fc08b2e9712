import Foundation
import Hummingbird
import NIOCore

/// /ember/v1/config: where Ember's configuration comes from, and has Ember read it again.
///
/// The request cannot bring a configuration: a client could otherwise name programs to be run. It can only say that the
/// operator's own file counts as it now is.
struct ConfigurationRoutes {
    /// Nil where the configuration cannot change.
    let reloader: Reloader?

    private struct Wish: Decodable {
        /// Only say what would change.
        var dryRun: Bool?
    }

    func add(to router: Router<EmberRequestContext>) {
        router.put("/ember/v1/config") { request, _ in
            let wish = try await Self.wish(in: request)
            guard let reloader else { throw Self.refused("this server has no configuration to read again") }
            let plan: ReloadPlan
            do throws(ReloadProblem) { plan = try await reloader.reload(isDry: wish.dryRun ?? false) } catch {
                throw Self.refused("\(error)")
            }
            return try json(plan)
        }
        router.get("/ember/v1/config") { _, _ in try json(reloader?.origin ?? ConfigurationOrigin.files) }
    }

    /// An empty body asks for the reload.
    private static func wish(in request: Request) async throws -> Wish {
        let body = try await request.body.collect(upTo: 64 << 10)
        guard body.readableBytes > 0 else { return Wish() }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let object = try? JSONSerialization.jsonObject(with: Data(buffer: body)) as? [String: Any]
        guard let object, let wish = try? decoder.decode(Wish.self, from: body) else {
            throw APIError.invalidRequest(
                "Send no body, or {\"dry_run\": true} to see what would change.", param: "dry_run")
        }
        if let other = object.keys.sorted().first(where: { $0 != "dry_run" }) {
            throw APIError.invalidRequest(
                "'\(other.prefix(100))' is no member of this request: it takes no configuration, and has Ember read "
                    + "its own file again. Change that file, then send no body, or {\"dry_run\": true}.", param: other)
        }
        return wish
    }

    private static func refused(_ problem: String) -> APIError {
        APIError(
            status: .unprocessableContent, message: "The configuration is not taken: \(problem)",
            type: "invalid_request_error", param: nil, code: "bad_configuration")
    }
}
