import Hummingbird

/// Brings a request's target into its canonical form before anything else looks at it: routes, authentication, prompt formats
/// and what is sent to engines and upstreams all see that form alone.
///
/// A target that is refused is at no route; its fault goes with the context, for the 404 that the request ends with.
struct FrontDoor<Inside: HTTPResponder<EmberRequestContext>>: HTTPResponder {
    let inside: Inside

    /// Not canonical itself, so no route and no exemption of one can ever meet it.
    private static var nowhere: String { "/%00" }

    func respond(to request: Request, context: EmberRequestContext) async throws -> Response {
        let text = request.head.path ?? ""
        guard !RequestTarget.isPlain(text) else { return try await inside.respond(to: request, context: context) }
        var (head, context) = (request.head, context)
        do throws(RequestTarget.Fault) {
            head.path = try RequestTarget(text).text
        } catch {
            context.refusedTarget = RefusedTarget(text: text, fault: error)
            head.path = Self.nowhere
        }
        return try await inside.respond(to: Request(head: head, body: request.body), context: context)
    }
}

/// A target that has no canonical form, and why.
struct RefusedTarget: Sendable {
    /// As it came.
    let text: String
    let fault: RequestTarget.Fault
}
