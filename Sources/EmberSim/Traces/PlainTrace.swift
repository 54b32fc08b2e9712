import EmberDocument

/// Ember's own format, easy to write: CSV with times in seconds; the model may be empty.
enum PlainTrace: RequestFormat {
    static let header: String? = columns
    static let isCalendar = false
    static let namesServices = true
    private static let columns = "time,service,model,input_tokens,output_tokens"

    static func request(_ line: String) throws(BadLine) -> TraceRequest {
        let fields = try CSVFields(line, header: columns)
        let seconds = try fields.number(0, "time in seconds", in: 0...TraceRequest.latestSeconds)
        return TraceRequest(
            nanoseconds: TraceRequest.nanoseconds(seconds), service: try fields.name(1, of: "a service"),
            model: fields[2].isEmpty ? nil : try fields.name(2, of: "a model"),
            inputTokens: try fields.tokens(3), outputTokens: try fields.tokens(4))
    }

    static func line(_ request: TraceRequest) -> String {
        let names = [request.service ?? "", request.model ?? ""]
        let tokens = [request.inputTokens, request.outputTokens].map(String.init)
        return ([seconds(request.nanoseconds)] + names + tokens).joined(separator: ",") + "\n"
    }

    static let firstLine = columns + "\n"

    /// The shortest decimal of a whole number of nanoseconds.
    static func seconds(_ nanoseconds: Int) -> String {
        let (whole, part) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        guard part > 0 else { return String(whole) }
        var digits = String(part)
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }
}
