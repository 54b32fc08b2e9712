import EmberDocument

/// Where the files of a scenario are looked for.
struct TraceFolder {
    /// The folder of the scenario file; nil for a shipped scenario.
    let scenario: String?
    /// The folder that the user names.
    let traces: String?

    /// Where a file of the scenario's own is.
    func besideScenario(_ name: String) -> String {
        name.hasPrefix("/") ? name : Self.path(name, in: scenario ?? ".")
    }

    private static func path(_ name: String, in folder: String) -> String {
        folder + (folder.hasSuffix("/") ? "" : "/") + name
    }

    /// The path of a trace: as it is if absolute, else beside the scenario file, else in the user's folder.
    func path(of name: String, at place: Place, key: String) throws(ScenarioError) -> String {
        let folders = [scenario, traces].compactMap { $0 }
        let candidates = name.hasPrefix("/") ? [name] : folders.map { Self.path(name, in: $0) }
        if let found = candidates.first(where: UserFile.exists) { return found }
        let looked = candidates.isEmpty ? "" : "; looked for \(candidates.joined(separator: " and "))"
        let fix = "name the folder of traces by --traces FOLDER or EMBER_TRACES"
        let origin = KnownTrace.named(name).map { "; \($0.origin)" } ?? ""
        throw ScenarioError(place, key: key, "\(Quotation.of(name)) is not there\(looked); \(fix)\(origin)")
    }
}

/// A trace that shipped scenarios ask for: none is part of the program.
struct KnownTrace {
    let name: String
    /// How to get it, for a message.
    let origin: String

    static func named(_ name: String) -> KnownTrace? { all.first { $0.name == name } }

    private static let all = [
        KnownTrace(
            name: "servegen/servegen_rates.csv.gz",
            origin: "it is packed from github.com/alibaba/ServeGen (Apache-2.0) as docs/traces.md says: 26287580 bytes "
                + "before compression, SHA-256 ca99c3de851e4f08ee053b7c6de2055d5bd097aac4a1f4a8cef60768a24eb664"),
        KnownTrace(
            name: "azure-mooncake.csv",
            origin: "it is made by 'ember trace convert' from github.com/Azure/AzurePublicDataset (CC-BY-4.0) and "
                + "github.com/kvcache-ai/Mooncake (Apache-2.0) as docs/traces.md says: 1125002 bytes, SHA-256 "
                + "4cb3729e68af9574f49a1fda59e4286852950ae98e182215987112f5f713aa8d"),
    ]
}
