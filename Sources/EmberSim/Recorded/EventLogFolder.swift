import EmberCore

/// Where a server keeps its logs of events.
enum EventLogFolder {
    /// What is left of the latest run, in the order of its parts; nil where the path is no folder.
    static func latestRun(in path: String) -> [String]? {
        guard let files = UserFile.names(inFolder: path) else { return nil }
        let logs = files.compactMap { LogName($0) }.sorted()
        guard let latest = logs.last else { return [] }
        return logs.filter { $0.isOfSameRun(as: latest) }.map { "\(path)/\($0.text)" }
    }
}
