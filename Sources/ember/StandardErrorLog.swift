import EmberConfig
import EmberSystem
import Foundation
import Logging

/// Writes to standard error what is logged, as text or as an object of JSON a line. What goes with a logger is put into
/// words only then: the server makes a logger for each request, and logs nothing of most.
struct StandardErrorLog: LogHandler {
    private let label: String
    private let form: LogForm
    private var output: StreamLogHandler
    var logLevel: Logger.Level
    var metadata = Logger.Metadata()

    init(label: String, _ level: Logger.Level, _ form: LogForm) {
        (self.label, self.form) = (label, form)
        output = StreamLogHandler.standardError(label: label)
        logLevel = level
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { output.metadataProvider }
        set { output.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var event = event
        event.metadata = metadata.merging(event.metadata ?? [:]) { _, own in own }
        switch form.format {
        case .text: output.log(event: event)
        case .json: StandardError.write(LogLine(event, label: label, at: TimeSource.system.date).text)
        }
    }
}
