import EmberConfig
import EmberServer
import EmberSystem
import Foundation
import Logging

/// What `ember serve` serves: a configuration, and how it is read again while Ember runs.
struct ServeSource {
    let configuration: Configuration
    let reload: ReloadSource

    var folders: ConfigurationFolders { reload.folders }

    /// - Parameters:
    ///   - orders: to read the configuration again.
    ///   - watchesFile: whether a configuration file counts as soon as it changes. A folder of models always does.
    init(
        _ files: FileOptions, _ options: ConfigurationOptions, _ orders: ReloadOrders, watchesFile: Bool,
        _ logger: Logger
    ) throws {
        let time = TimeSource.system
        if let (found, configuration, folders) = try files.read(options) {
            self.configuration = configuration
            let (find, folder) = (try files.finder(options), found.folder)
            reload = ReloadSource(
                folder.map { .folder($0) } ?? .files, folders: folders,
                environment: ProcessInfo.processInfo.environment, orders: orders,
                watched: folder.map { folder in WatchedFiles(time) { FoundModels.stamps(in: folder, files: .system) } }
            ) { () throws(ReloadProblem) in
                do {
                    guard let found = try find() else { throw ReloadProblem("there is a configuration file now") }
                    for note in found.notes { logger.warning("not served: \(note)") }
                    return try options.reading(text: found.configurationText(), source: FileOptions.source).reading
                } catch {
                    throw ReloadProblem("\(error)")
                }
            }
            return
        }
        let (configuration, folders, path) = try options.read()
        self.configuration = configuration
        reload = ReloadSource(
            .file(path), folders: folders, environment: ProcessInfo.processInfo.environment, orders: orders,
            watched: watchesFile
                ? WatchedFiles(time) { FileStamp(file: path).map { [path: $0] } ?? [:] } : nil
        ) { () throws(ReloadProblem) in
            do throws(ConfigurationError) { return try options.reading(file: path).reading } catch {
                throw ReloadProblem("\(error)")
            }
        }
    }
}
