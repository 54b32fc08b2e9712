import EmberConfig
import EmberCore
import EmberEngine
import EmberSystem

/// Models that a command of the operator's own serves.
struct CommandBuilder: Sendable {
    let edge: EdgeModelBuilder
    let folders: ConfigurationFolders
    let environment: [String: String]
    let files: any FileSystem

    func served(_ model: ModelConfiguration, _ command: CommandSettings) -> ServedModel {
        var spec = ModelSpec(model)
        spec.residentBytes = Bytes(model.memoryBytes ?? 0)
        let engine = edge.engine(
            model, .command(command.command), health: command.healthPath, workingFolder: command.workingFolder)
        var served = edge.served(model, spec, engine, arithmetic: FootprintBasis.declared(spec.residentBytes))
        served.abilities.pictures =
            switch model.kind {
            case .language: .none
            case .vision: .required
            case .multimodal: .accepted
            }
        served.declareAbilities(model)
        served.problem = search(model, command).problem
        return edge.isolated(served)
    }

    /// What a change makes another program of.
    func files(of model: ModelConfiguration, _ command: CommandSettings) -> [ModelSource.File] {
        search(model, command).files
    }

    private func search(_ model: ModelConfiguration, _ command: CommandSettings) -> ProgramSearch {
        ProgramSearch(command, model, edge.configuration, folders, environment, disk: files)
    }
}
