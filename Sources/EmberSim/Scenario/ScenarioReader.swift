import EmberCore
import EmberDocument
import Foundation

/// Reads scenarios from YAML.
public enum ScenarioReader {
    /// A shipped scenario by its name, or else one of a file by its path; all problems are reported together.
    ///
    /// - Parameters:
    ///   - settings: what holds in place of what the scenario states itself.
    ///   - traces: the folder where trace files are looked for.
    public static func read(
        _ nameOrPath: String, settings: [Setting] = [], traces: String? = nil
    ) throws(ScenarioError) -> Scenario {
        if let text = ShippedScenarios.text(of: nameOrPath) {
            return try read(
                text: text, source: "scenario \(nameOrPath)", name: nameOrPath,
                folder: TraceFolder(scenario: nil, traces: traces), settings: settings)
        }
        let text = try UserFile.text(of: nameOrPath, orOneOf: ShippedScenarios.names)
        let url = URL(filePath: nameOrPath)
        return try read(
            text: text, source: nameOrPath, name: url.deletingPathExtension().lastPathComponent,
            folder: TraceFolder(
                scenario: url.deletingLastPathComponent().path(percentEncoded: false), traces: traces),
            settings: settings)
    }

    /// The scenario of a text; `source` is what messages call it, `folder` is where its files are looked for.
    public static func read(
        text: String, source: String, name: String, folder: String = ".", settings: [Setting] = [],
        traces: String? = nil
    ) throws(ScenarioError) -> Scenario {
        try read(
            text: text, source: source, name: name, folder: TraceFolder(scenario: folder, traces: traces),
            settings: settings)
    }

    /// What a shipped scenario is about; its files need not be there.
    public static func summary(ofShipped name: String) throws(ScenarioError) -> String {
        var reading = Reading()
        let stated = try stated(ShippedScenarios.text(of: name) ?? "", "scenario \(name)", [], &reading)
        return ScenarioTable.section.read(stated, at: .root, &reading).summary
    }

    /// What holds: the text, the base for what it leaves out, and the settings in place of both.
    private static func stated(
        _ text: String, _ source: String, _ settings: [Setting], _ reading: inout Reading
    ) throws(ScenarioError) -> DocumentNode {
        // The base is set before the rest, which may be about the base's own keys.
        let document = try document(text, source, &reading).renaming(ScenarioTable.formerKeys, &reading.problems)
            .with(settings.filter { $0.key == "base" }, &reading.problems)
        let merged = merge(document, into: try base(of: document))
        return try merged.with(settings.filter { $0.key != "base" }, &reading.problems)
    }

    private static func read(
        text: String, source: String, name: String, folder: TraceFolder, settings: [Setting]
    ) throws(ScenarioError) -> Scenario {
        let start = Place(source: source, line: 1, column: 1)
        var reading = Reading()
        reading.note(.root, start)
        let stated = try stated(text, source, settings, &reading)
        let draft = ScenarioTable.section.read(stated, at: .root, &reading)
        let warnings = Problems.sorted(reading.problems.warnings).map { "warning: \($0)" }
        var builder = ScenarioBuilder(name: name, folder: folder, draft: draft, reading: reading, notes: warnings)
        let scenario = builder.build()
        guard builder.reading.problems.issues.isEmpty, var scenario else { throw failure(builder.reading, start) }
        scenario.fingerprint.take(stated)
        scenario.fingerprint.take(scenario.workload)
        return scenario
    }

    private static func document(
        _ text: String, _ source: String, _ reading: inout Reading
    ) throws(ScenarioError) -> DocumentNode {
        let start = Place(source: source, line: 1, column: 1)
        guard text.utf8.count <= DocumentLimits.bytes else {
            throw ScenarioError(start, "is larger than \(ByteFormat.format(DocumentLimits.bytes)); shorten it")
        }
        // Without the environment: a scenario gives the same figures everywhere.
        let document = DocumentParser(source: source, environment: [:]).parse(text, into: &reading.problems)
        guard reading.problems.issues.isEmpty else { throw failure(reading, start) }
        return document ?? DocumentNode(place: start, content: .mapping([]))
    }

    /// The entries of the scenario that the document names as its base, and of that one's; none where it names none.
    /// Bases are shipped, so they end.
    private static func base(of document: DocumentNode) throws(ScenarioError) -> [DocumentEntry] {
        guard case .mapping(let entries) = document.content,
            let entry = entries.first(where: { $0.key == "base" }), let name = entry.value.scalar?.text
        else { return [] }
        guard let text = ShippedScenarios.text(of: name) else {
            let fix = "write one of \(ShippedScenarios.names.joined(separator: ", "))"
            throw ScenarioError(
                entry.value.place, key: "base", "\(Quotation.of(name)) is no shipped scenario; \(fix)")
        }
        var reading = Reading()
        let shipped = try self.document(text, "scenario \(name)", &reading)
        guard case .mapping(let inherited) = merge(shipped, into: try base(of: shipped)).content else { return [] }
        // What was published was published of that very scenario.
        return inherited.filter { !["base", "published"].contains($0.key) }
    }

    /// A document's keys replace those of its base as a whole, except that these sections are merged key by key.
    private static let mergedSections: Set = ["memory", "energy"]

    private static func merge(
        _ document: DocumentNode, into base: [DocumentEntry], _ merged: Set<String> = mergedSections
    ) -> DocumentNode {
        guard case .mapping(var entries) = document.content else { return document }
        for inherited in base {
            guard let index = entries.firstIndex(where: { $0.key == inherited.key }) else {
                entries.append(inherited)
                continue
            }
            let stated = entries[index]
            guard merged.contains(stated.key) else { continue }
            entries[index] = DocumentEntry(
                key: stated.key, place: stated.place, value: merge(stated.value, into: inherited.value.entries, []))
        }
        return DocumentNode(place: document.place, content: .mapping(entries))
    }

    private static func failure(_ reading: Reading, _ start: Place) -> ScenarioError {
        let issues = Problems.sorted(reading.problems.issues)
        return issues.isEmpty ? ScenarioError(start, "is no scenario") : ScenarioError(issues: issues)
    }
}
