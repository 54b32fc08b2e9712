import EmberConfig
import EmberSystem
import Foundation

/// Where the program of a command is looked for, as the operating system would.
struct ProgramSearch {
    private let name: String
    private let places: [String]
    private let workingFolder: String
    private let disk: any FileSystem

    init(
        _ command: CommandSettings, _ model: ModelConfiguration, _ configuration: Configuration,
        _ folders: ConfigurationFolders, _ environment: [String: String], disk: any FileSystem
    ) {
        let word = command.command.first ?? ""
        let name = word.replacing("${models_dir}", with: configuration.files.modelsFolder)
            .replacing("${cache_dir}", with: folders.cache)
        (self.name, self.disk) = (name, disk)
        workingFolder = command.workingFolder
        if name.hasPrefix("/") {
            places = [name]
        } else if name.contains("/") {
            places = [command.workingFolder + "/" + name]
        } else {
            let path = model.process.environment["PATH"] ?? environment["PATH"] ?? ""
            places = path.split(separator: ":").map {
                $0.hasPrefix("/") ? "\($0)/\(name)" : "\(command.workingFolder)/\($0)/\(name)"
            }
        }
    }

    /// Without a search path, the operating system knows where to look, and nothing is known here.
    private var isKnown: Bool { !name.isEmpty && !name.contains("${") && !places.isEmpty }

    var files: [ModelSource.File] { (isKnown ? places + [workingFolder] : [workingFolder]).map { .init(path: $0) } }

    /// Why it cannot be started; nil: it is there, as far as can be seen.
    var problem: String? {
        guard exists(workingFolder) else {
            return "workdir: there is no folder \(workingFolder); make it, or correct workdir"
        }
        guard isKnown, !places.contains(where: disk.isExecutable) else { return nil }
        if let found = places.first(where: exists) {
            return "command: \(found) may not be run by this user: make it executable (chmod +x)"
        }
        return
            "command: there is no program \(name) (looked at \(places.joined(separator: ", "))); install it, "
            + "or correct the command's first word"
    }
    private func exists(_ path: String) -> Bool { ((try? disk.status(of: path)) ?? nil) != nil }
}
