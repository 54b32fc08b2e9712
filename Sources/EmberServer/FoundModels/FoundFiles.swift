import EmberModels
import EmberSystem

/// The model files of one place: a folder, or those that were named together. A projector belongs to the one language
/// model of its place.
struct FoundFiles {
    private(set) var models: [FoundModel] = []
    private var projectors: [String] = []

    /// Looks into a file.
    ///
    /// - Parameter path: an absolute path; of a split model, that of its first part.
    /// - Throws: why it cannot be served as it is.
    mutating func add(_ path: String, _ files: any FileSystem) throws(FoundModelsError) {
        if let problem = Self.problem(ofPath: path, files) { throw FoundModelsError(problem) }
        do throws(GGUFError) {
            let header = try GGUFHeader.read(file: path)
            if header.problem(as: .projector) == nil { return projectors.append(path) }
            if let problem = header.problem(as: .model) { throw problem }
            models.append(FoundModel(name: FoundModel.name(ofFile: path), path: path, header))
        } catch {
            let fix =
                error.isForeign ? "; if your llama-server knows it, write a configuration with its path and memory" : ""
            throw FoundModelsError("\(error)\(fix)")
        }
    }

    /// Gives the projector to its model where only one of each is there.
    ///
    /// - Returns: projectors that no model has got, and why.
    mutating func joinProjectors() -> [String] {
        let takers = models.indices.filter { models[$0].use == .prompts }
        if projectors.count == 1, takers.count == 1 {
            models[takers[0]].projector = projectors[0]
            return []
        }
        let names = takers.map { models[$0].name }.joined(separator: ", ")
        return projectors.map { projector in
            if takers.isEmpty { return "\(projector) is a projector, and no language model is beside it" }
            let several = takers.count > 1 ? "each of \(names) might take it" : "\(names) might take another one too"
            return "\(projector) is a projector, and \(several): write mmproj: in a configuration"
        }
    }

    private static func problem(ofPath path: String, _ files: any FileSystem) -> String? {
        do throws(FileProblem) {
            guard let status = try files.status(of: path) else { return "there is no file \(path)" }
            return status.isFolder ? "\(path) is a folder: serve its models with --models-dir" : nil
        } catch {
            return error.description
        }
    }
}
