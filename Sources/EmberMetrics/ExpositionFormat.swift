/// The text formats in which metrics are read.
public enum ExpositionFormat: Sendable, Equatable {
    /// Prometheus' text format 0.0.4.
    case prometheus
    /// OpenMetrics 1.0.
    case openMetrics

    /// The format that a request asks for; Prometheus' own where it names none of both.
    ///
    /// - Parameter accept: the request's header of that name.
    public init(accept: String) {
        var best: (format: Self, quality: Double) = (.prometheus, 0)
        for range in accept.split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.trimmingSpaces.lowercased() }
            let format: Self
            switch parts.first {
            case "application/openmetrics-text": format = .openMetrics
            case "text/plain": format = .prometheus
            default: continue
            }
            let settings = parts.dropFirst()
            if format == .openMetrics, let version = Self.value("version", in: settings), version != "1.0.0" {
                continue
            }
            let quality = Self.value("q", in: settings).flatMap(Double.init) ?? 1
            if quality > best.quality { best = (format, quality) }
        }
        self = best.format
    }

    private static func value(_ name: String, in settings: ArraySlice<String>) -> String? {
        settings.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    public var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        let front = drop { $0 == " " || $0 == "\t" }
        return front.lastIndex { $0 != " " && $0 != "\t" }.map { front[...$0] } ?? ""
    }
}
