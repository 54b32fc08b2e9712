/// The formats of traces that can be read.
public enum TraceFormat: String, Sendable, CaseIterable {
    case azure, mooncake, servegen, csv

    /// How requests are read; nil for ServeGen, which has rates.
    var requests: (any RequestFormat.Type)? {
        switch self {
        case .azure: AzureTrace.self
        case .mooncake: MooncakeTrace.self
        case .servegen: nil
        case .csv: PlainTrace.self
        }
    }
}

/// A format in which every line is a request.
protocol RequestFormat {
    /// What the first line must be; nil where there is no header.
    static var header: String? { get }
    /// Whether times are those of the calendar, so that they count from the earliest request and not from zero.
    static var isCalendar: Bool { get }
    /// Whether the file itself names the service of each request.
    static var namesServices: Bool { get }
    static func request(_ line: String) throws(BadLine) -> TraceRequest
}
