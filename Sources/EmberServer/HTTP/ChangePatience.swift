import Hummingbird

/// How long an operator's request waits for what it wants of a model: `?wait=true`, and `&timeout=SECONDS` besides.
enum ChangePatience: Equatable {
    /// It is answered at once.
    case none
    /// nil: until it is done, or has failed.
    case seconds(Double?)

    init(_ query: Parameters) throws(APIError) {
        let (wait, timeout) = (query.get("wait"), query.get("timeout"))
        switch wait {
        case nil, "false": self = .none
        case "true", "": self = .seconds(nil)
        case let other?:
            throw .invalidRequest("'\(other.prefix(100))' (wait) is neither true nor false.", param: "wait")
        }
        guard let timeout else { return }
        guard self != .none else {
            throw .invalidRequest("There is nothing to time out (timeout): add wait=true.", param: "timeout")
        }
        guard let seconds = Double(timeout), seconds > 0, seconds <= 86_400 else {
            throw .invalidRequest(
                "'\(timeout.prefix(100))' (timeout) is no number of seconds. Write one such as 30, up to 86400.",
                param: "timeout")
        }
        self = .seconds(seconds)
    }
}
