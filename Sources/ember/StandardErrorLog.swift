import Logging

/// Writes to standard error what is logged. What goes with a logger is put into words only then: the server makes a
/// logger for each request, and logs nothing of most.
struct StandardErrorLog: LogHandler {
    private var output: StreamLogHandler
    var logLevel: Logger.Level
    var metadata = Logger.Metadata()

    init(label: String, _ level: Logger.Level) {
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
        output.log(event: event)
    }
}
