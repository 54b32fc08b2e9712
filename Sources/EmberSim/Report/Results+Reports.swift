/// How figures are written down.
public enum ReportFormat: String, Sendable, CaseIterable { case table, csv, json, html }

extension Results {
    /// The report of a comparison or a sweep.
    ///
    /// - Parameter isBold: whether a table sets the best in bold, by a terminal's codes.
    public func text(_ format: ReportFormat, isBold: Bool = false) -> String {
        switch format {
        case .table: isSweep ? SweepReport(self).table(isBold: isBold) : TableReport(comparison, isBold: isBold).text
        case .csv: isSweep ? SweepReport(self).csv : comparison.csv
        case .json: isSweep ? SweepReport(self).json : comparison.json
        case .html: HTMLReport(self).text
        }
    }

    /// Whether it can be written so: a page about time needs recordings.
    public func has(_ format: ReportFormat) -> Bool { format != .html || isSweep || header.isRecorded }
}
