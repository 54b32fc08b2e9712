import HTTPTypes
import Hummingbird

extension APIError {
    /// Nothing is there: with what was probably meant.
    static func unknownURL(
        _ request: Request, _ refused: RefusedTarget?, _ directory: RouteDirectory
    ) -> APIError {
        let text = refused?.text ?? request.uri.path
        guard refused?.fault != .tooLong else { return .targetTooLong }
        var message = "There is nothing at \(request.method) \(shown(text))"
        if let refused { message += ": \(refused.fault.reason)" }
        if let route = directory.nearest(to: text, method: "\(request.method)") {
            message += ". Did you mean \(route.method) \(route.path)?"
        } else {
            message += "."
        }
        return .notFound(message, code: "unknown_url")
    }

    private static let targetTooLong = APIError(
        status: .uriTooLong, message: "The URL's path and query exceed \(RequestTarget.largest) bytes.",
        type: "invalid_request_error", code: "url_too_long")

    /// Something is there, but for other methods; nil where nothing is.
    static func wrongMethod(_ request: Request, _ directory: RouteDirectory) -> APIError? {
        guard let methods = directory.methods(at: request.uri.path) else { return nil }
        var error = APIError(
            status: .methodNotAllowed,
            message: "\(shown(request.uri.path)) takes \(methods), and not \(request.method).",
            type: "invalid_request_error", code: "method_not_allowed")
        error.headers[.allow] = methods
        return error
    }

    /// Short, on one line.
    private static func shown(_ text: String) -> String {
        let visible = text.unicodeScalars.prefix(200).filter { $0.value >= 0x20 && $0.value != 0x7F }
        return String(String.UnicodeScalarView(visible))
    }
}

extension RequestTarget.Fault {
    /// What follows "There is nothing at …:".
    var reason: String {
        switch self {
        case .tooLong: "it is too long"
        case .notAPath: "a URL's path begins with a slash"
        case .fragment: "a fragment (#) is never sent to a server"
        case .brokenEscape: "a percent sign begins an escape of two hexadecimal digits"
        case .controlCharacter: "it has a control character"
        case .notUTF8: "its path is not UTF-8"
        case .dotSegment: "segments such as .. are not resolved here"
        }
    }
}
