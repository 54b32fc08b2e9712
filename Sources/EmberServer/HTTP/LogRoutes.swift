import EmberSystem
import Foundation
import Hummingbird
import NIOCore

/// /ember/v1/models/NAME/logs: what a model's engines have written, as lines of text.
struct LogRoutes {
    let coordinator: Coordinator
    let outputs: EngineOutputs
    let keys: AccessKeys

    /// Engines may write down prompts, which no other tenant is to see.
    private var areTenantsApart: Bool { Set(keys.all.map(\.tenant)).count > 1 }

    /// After this time without a line, a stream looks whether Ember ends.
    private static let look = Duration.seconds(1)

    func add(to router: Router<EmberRequestContext>) {
        router.get("/ember/v1/models/:name/logs") { request, context in
            if areTenantsApart { throw Self.notForTenants }
            let model = try model(context)
            let wish = try LogWish(request.uri.queryParameters)
            let piece = outputs.last(wish.lines, of: model)
            return Response(
                status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
                body: wish.follows ? stream(of: model, from: piece) : .init(byteBuffer: Self.text(piece)))
        }
    }

    private func stream(of model: String, from piece: EngineOutputs.Piece) -> ResponseBody {
        .init { [coordinator, outputs] writer in
            var piece = piece
            // The client should know that it is heard, also where there is no line yet.
            try await writer.write(Self.text(piece))
            while !Task.isCancelled, !coordinator.drain.hasBegun {
                piece = await outputs.next(after: piece, of: model, within: Self.look, by: coordinator.time)
                if !piece.lines.isEmpty { try await writer.write(Self.text(piece)) }
            }
            try await writer.finish(nil)
        }
    }

    private static var notForTenants: APIError {
        APIError(
            status: .forbidden,
            message: "With keys of several tenants, engines' lines are not shown: they may hold prompts. They are in "
                + "Ember's own log at --log-level debug.",
            type: "permission_error", param: nil, code: "not_for_tenants")
    }

    /// The name of a model that has engines; a variant's are its base's.
    private func model(_ context: EmberRequestContext) throws(APIError) -> String {
        let text = context.parameters.get("name") ?? ""
        let name = text.removingPercentEncoding ?? text
        guard let id = coordinator.deployment.model(named: name), coordinator.deployment[id].engine != nil else {
            throw .notFound(
                "The model '\(name.prefix(200))' is not configured to run at the edge.", param: "model",
                code: "model_not_found")
        }
        let model = coordinator.deployment[id]
        return model.spec.base.map { coordinator.deployment[$0].name } ?? model.name
    }

    private static func text(_ piece: EngineOutputs.Piece) -> ByteBuffer {
        ByteBuffer(string: piece.lines.map { $0 + "\n" }.joined())
    }
}

/// Which lines of a log are wanted: `?lines=N`, and with `?follow=true` those that come later, too.
struct LogWish: Equatable {
    var lines = 50
    var follows = false

    init(_ query: Parameters) throws(APIError) {
        if let text = query.get("lines") {
            guard let lines = Int(text), (0...EngineOutputs.most).contains(lines) else {
                throw .invalidRequest(
                    "'\(text.prefix(100))' (lines) is no number of lines. Write 0 to \(EngineOutputs.most).",
                    param: "lines")
            }
            self.lines = lines
        }
        switch query.get("follow") {
        case nil, "false": break
        case "true", "": follows = true
        case let other?:
            throw .invalidRequest("'\(other.prefix(100))' (follow) is neither true nor false.", param: "follow")
        }
    }
}
