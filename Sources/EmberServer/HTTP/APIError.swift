import HTTPTypes
public import Hummingbird
import NIOCore

/// An error of Ember's own, sent in the form of the API that was asked.
public struct APIError: HTTPResponseError, Sendable {
    public let status: HTTPResponse.Status
    public let message: String
    public let type: String
    public var param: String?
    public var code: String?
    public var retryAfterSeconds: Int?
    /// By which the request can be explained.
    var requestID: String?
    /// What would have been right, such as the URL's methods in Allow.
    var headers = HTTPFields()

    public func response(from request: Request, context: some RequestContext) throws -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
        let form = APIForm(path: request.uri.path)
        if let requestID { headers.appendRequestID(requestID, form) }
        if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
        let body = body(in: form)
        return Response(status: status, headers: headers, body: .init(byteBuffer: body))
    }

    func body(in form: APIForm) -> ByteBuffer { ByteBuffer(bytes: object.json(in: form, status: status.code)) }

    /// The error as the last event of a stream that has begun.
    ///
    /// - Parameter sequence: the number of the last event of a stream whose events are numbered.
    func event(in form: APIForm, after sequence: Int? = nil) -> ByteBuffer {
        object.event(in: form, status: status.code, after: sequence)
    }

    private var object: ErrorObject { ErrorObject(message: message, type: type, param: param, code: code) }
}

extension APIError {
    static func invalidRequest(_ message: String, param: String? = nil, code: String? = nil) -> APIError {
        APIError(status: .badRequest, message: message, type: "invalid_request_error", param: param, code: code)
    }

    static func notFound(_ message: String, param: String? = nil, code: String? = nil) -> APIError {
        APIError(status: .notFound, message: message, type: "invalid_request_error", param: param, code: code)
    }

    static let unauthorized = APIError(
        status: .unauthorized, message: "Give one of Ember's keys as 'Authorization: Bearer KEY' or 'x-api-key: KEY'.",
        type: "authentication_error", code: "invalid_api_key")

    static func tooLarge(limitBytes: Int) -> APIError {
        APIError(
            status: .contentTooLarge, message: "The request's body exceeds \(limitBytes) bytes (max_body).",
            type: "invalid_request_error", code: "body_too_large")
    }

    /// For bodies whose bound is no setting.
    static let tooLarge = APIError(
        status: .contentTooLarge, message: "The request's body is larger than anything this URL needs.",
        type: "invalid_request_error", code: "body_too_large")

    static func badGateway(_ message: String, code: String) -> APIError {
        APIError(status: .badGateway, message: message, type: "server_error", code: code, retryAfterSeconds: 1)
    }

    /// Whether it says that a request's model is not configured.
    var isOfUnknownModel: Bool { code == "model_not_found" }

    init(_ refusal: Refusal) {
        let (status, type, code): (HTTPResponse.Status, String, String) =
            switch refusal.reason {
            case .rejected(.queueFull): (.tooManyRequests, "rate_limit_error", "queue_full")
            case .rejected(.modelQueueFull): (.tooManyRequests, "rate_limit_error", "model_queue_full")
            case .rejected(.waitedTooLong): (.serviceUnavailable, "server_error", "waited_too_long")
            case .rejected(.neverFits): (.serviceUnavailable, "server_error", "model_does_not_fit")
            case .rejected(.overBudget): (.serviceUnavailable, "server_error", "model_does_not_fit")
            case .rejected(.requestNeedsTooMuch):
                (.contentTooLarge, "invalid_request_error", "request_needs_too_much_memory")
            case .rejected(.modelFailed): (.serviceUnavailable, "server_error", "model_failed")
            case .rejected(.engineFailed): (.badGateway, "server_error", "engine_failed")
            case .rejected(.deadline): (.serviceUnavailable, "server_error", "deadline_passed")
            case .rejected(.cloudFailed): (.badGateway, "server_error", "upstream_failed")
            case .rejected(.unloaded): (.serviceUnavailable, "server_error", "model_unloaded")
            case .rejected(.modelRemoved): (.notFound, "invalid_request_error", "model_not_found")
            case .cloud(let refusal):
                switch refusal {
                case .localOnly: (.forbidden, "invalid_request_error", refusal.code)
                case .unavailable: (.serviceUnavailable, "server_error", refusal.code)
                case .budgetSpent: (.tooManyRequests, "rate_limit_error", refusal.code)
                }
            case .change(.memoryInUse): (.serviceUnavailable, "server_error", "memory_in_use")
            case .change(.loadFailed): (.badGateway, "server_error", "load_failed")
            case .change(.overtaken): (.conflict, "invalid_request_error", "overtaken")
            case .shuttingDown: (.serviceUnavailable, "server_error", "shutting_down")
            case .clientGone: (.serviceUnavailable, "server_error", "client_gone")
            }
        self.init(
            status: status, message: refusal.message, type: type, code: code,
            retryAfterSeconds: refusal.retryAfterSeconds)
    }
}

extension APIError {
    init(_ refusal: SlotRefusal, model: String) {
        let (message, retryAfter): (String, Int?) =
            switch refusal {
            case .busy(let seconds):
                (
                    "No slot of '\(model)' became free of other tenants' prompts within \(seconds) s (queue.max_wait); "
                        + "raise the model's parallel, or try again.", 5
                )
            case .notEmptied:
                (
                    "The engine of '\(model)' refuses to erase what other tenants have left in its slots, and such a "
                        + "request cannot say that it reuses none of it: ask /v1/chat/completions, or use a newer "
                        + "llama-server.", nil
                )
            case .ending: ("The engine of '\(model)' is ending.", 1)
            }
        self.init(
            status: .serviceUnavailable, message: message, type: "server_error", code: "no_clean_slot",
            retryAfterSeconds: retryAfter)
    }
}

/// Gives errors that Hummingbird itself throws, such as 404, the shape of all others.
struct ErrorShape: RouterMiddleware {
    typealias Context = EmberRequestContext
    let directory: RouteDirectory

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as APIError {
            return try error.response(from: request, context: context)
        } catch is NIOTooManyBytesError {
            return try APIError.tooLarge.response(from: request, context: context)
        } catch let error as HTTPError {
            if request.method == .options, let methods = directory.methods(at: request.uri.path) {
                return Response(status: .noContent, headers: [.allow: methods])
            }
            return try shaped(error, for: request, context).response(from: request, context: context)
        }
    }

    private func shaped(_ error: HTTPError, for request: Request, _ context: Context) -> APIError {
        if error.status == .notFound {
            return .wrongMethod(request, directory) ?? .unknownURL(request, context.refusedTarget, directory)
        }
        return APIError(
            status: error.status, message: error.body ?? error.status.reasonPhrase, type: "invalid_request_error")
    }
}
