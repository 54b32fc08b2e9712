import EmberCore
import Hummingbird

/// Brings a request's target into its canonical form before anything else looks at it: routes, authentication, prompt
/// formats and what is sent to engines and upstreams all see that form alone.
///
/// A target that is refused is at no route; its fault goes with the context, for the 404 that the request ends with.
///
/// What is posted to a path of inference goes there straight: that is known before a router would find it out.
struct FrontDoor<Inside: HTTPResponder<EmberRequestContext>>: HTTPResponder {
    let inside: Inside
    let inference: InferenceDoor
    let directory: RouteDirectory
    let page: PageFiles
    /// nil: they are not counted.
    let responses: ResponseMeters?
    /// nil: answers get no lines of their own.
    let access: AccessLog?

    /// Not canonical itself, so no route and no exemption of one can ever meet it.
    private static var nowhere: String { "/%00" }

    func respond(to request: Request, context: EmberRequestContext) async throws -> Response {
        let path = request.head.path ?? ""
        let kind = request.method == .post ? RequestKind(path: path) : nil
        guard let access else {
            let response = try await answer(request, context, kind)
            responses?.count(kind, path, response.status)
            return response
        }
        let (arrived, note) = (access.time.now, AccessNote())
        var context = context
        context.access = note
        let response = try await answer(request, context, kind)
        responses?.count(kind, path, response.status)
        return access.logging(response, to: request.method, path, since: arrived, note)
    }

    /// - Parameter kind: of what is posted to a path of inference; nil: it is another request.
    private func answer(
        _ coded: Request, _ context: EmberRequestContext, _ kind: RequestKind?
    ) async throws -> Response {
        let request: Request
        do throws(APIError) { request = try BodyCoding.decoded(coded) } catch {
            return try error.response(from: coded, context: context)
        }
        if let kind { return try await inference.respond(to: request, context: context, kind) }
        let text = request.head.path ?? ""
        var (head, context) = (request.head, context)
        let isHeadAlone = head.method == .head
        if isHeadAlone { head.method = .get }
        if !RequestTarget.isPlain(text) {
            do throws(RequestTarget.Fault) {
                head.path = try RequestTarget(text).text
            } catch {
                context.refusedTarget = RefusedTarget(text: text, fault: error)
                head.path = Self.nowhere
            }
        }
        if let versioned = directory.versioned(head.path ?? "") { head.path = versioned }
        if let file = page.response(to: head) { return file }
        var response = try await inside.respond(to: Request(head: head, body: request.body), context: context)
        // The connection leaves out the body; of a stream, which may go on for long, there is then nothing to write.
        if isHeadAlone, response.body.contentLength == nil {
            response.body = .init { writer in try await writer.finish(nil) }
        }
        return response
    }
}

/// The routes of inference behind what stands before all routes.
struct InferenceDoor: Sendable {
    let gate: PageGate
    let shape: ErrorShape
    let authentication: Authentication
    let routes: InferenceRoutes

    func respond(
        to request: Request, context: EmberRequestContext, _ kind: RequestKind
    ) async throws -> Response {
        try await gate.handle(request, context: context) { request, context in
            try await shape.handle(request, context: context) { request, context in
                try await authentication.handle(request, context: context) { request, context in
                    try await routes.infer(request, context, kind)
                }
            }
        }
    }
}

/// A target that has no canonical form, and why.
struct RefusedTarget: Sendable {
    /// As it came.
    let text: String
    let fault: RequestTarget.Fault
}
