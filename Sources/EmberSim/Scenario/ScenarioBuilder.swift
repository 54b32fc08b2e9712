import EmberCore
import EmberDocument
import Foundation

/// Checks a scenario's draft as a whole.
struct ScenarioBuilder {
    let name: String
    let folder: TraceFolder
    let draft: ScenarioDraft
    var reading: Reading
    /// What of the files was skipped.
    var notes: [String] = []

    private static let root = SettingPath.root

    /// Nil when something is missing; everything that is wrong goes to `reading`.
    mutating func build() -> Scenario? {
        if draft.memoryBytes == nil, !hasIssue("memory") {
            report("memory", "is missing; write the edge's memory such as 80GB")
        }
        if draft.services.isEmpty { report("services", "has no service; write one such as chat: {}") }
        if draft.models.isEmpty { report("models", "has no model; write one such as small: {memory: 14GB}") }
        let models = draft.models.map { model($0) }
        let catalogue =
            models.isEmpty || draft.services.isEmpty
            ? nil : Catalogue(models: models, services: draft.services.map(Self.service), sharing: draft.sharing)
        let workload = workload(catalogue)
        guard reading.problems.issues.isEmpty, let memory = draft.memoryBytes, let catalogue, let workload else {
            return nil
        }
        return Scenario(
            name: name, summary: draft.summary, slots: draft.slots, memory: Bytes(memory), retention: draft.retention,
            catalogue: catalogue, workload: workload,
            published: draft.published.map { PublishedRow(policy: $0.policy, figures: $0.figures) }, notes: notes)
    }

    /// Whether a key's value was no good, which is all there is to say of it.
    private func hasIssue(_ key: String) -> Bool { reading.problems.issues.contains { $0.key == key } }

    private mutating func report(_ key: String, _ message: String) {
        reading.report(Self.root.appending(key), message)
    }

    private static func service(_ draft: ServiceDraft) -> ServiceSpec {
        ServiceSpec(
            name: draft.name, vanishing: draft.vanishingPerSlot, demonstrationTokens: draft.demonstrationTokens)
    }

    private mutating func model(_ stated: ModelDraft) -> ModelSpec {
        var draft = stated
        let path = Self.root.appending("models").appending(stated.name)
        ModelTable.section.inherit(
            &draft, at: path, from: self.draft.defaults, at: Self.root.appending("defaults"), reading)
        if draft.memoryBytes == nil {
            reading.report(path, "has no memory; write the memory of one instance such as memory: 14GB")
        }
        let costs = draft.costs
        return ModelSpec(
            name: draft.name, residentBytes: Bytes(draft.memoryBytes ?? 1), windowTokens: draft.windowTokens,
            parallel: .max, typicalTokens: draft.tokens,
            costs: CostRates(
                load: costs.loadPerGigabyte > 0 ? .perByte(costs.loadPerGigabyte / 1e9) : .constant(costs.load),
                cloudPerRequest: costs.cloud, transmissionPerRequest: costs.transmission,
                inferencePerToken: costs.token, wrongAnswer: draft.accuracy.weight),
            accuracy: .boundedLog(
                zeroShot: draft.accuracy.zeroShot, gain: draft.accuracy.gain, alpha: draft.accuracy.alpha))
    }

    private mutating func workload(_ catalogue: Catalogue?) -> WorkloadKind? {
        let path = Self.root.appending("workload")
        let draft = draft.workload
        let allowed = WorkloadTable.keys(of: draft.kind)
        for field in WorkloadTable.section.fields where field.name != "kind" && !allowed.contains(field.name) {
            let keyPath = path.appending(field.name)
            guard reading.isStated(keyPath) else { continue }
            reading.report(
                keyPath,
                "means nothing to a \(draft.kind.rawValue) workload, which has the keys "
                    + allowed.sorted().joined(separator: ", ") + "; remove it")
        }
        switch draft.kind {
        case .stationary: return .stationary(draft.popularity)
        case .drift: return .drift(draft.popularity, period: draft.period)
        case .bursty: return .bursty(draft.popularity, draft.bursts)
        case .adversarial: return .adversarial(draft.hunt)
        case .diurnal: return .diurnal(draft.popularity, draft.dayAndCrowds)
        case .file: return file(path, catalogue)
        case .trace: return trace(path, catalogue)
        }
    }

    private mutating func file(_ path: SettingPath, _ catalogue: Catalogue?) -> WorkloadKind? {
        guard let file = draft.workload.file else {
            reading.report(path, "has no file; write the path of the requests such as file: requests.csv")
            return nil
        }
        guard let catalogue else { return nil }
        let resolved = folder.besideScenario(file)
        do throws(ScenarioError) {
            let text = try TextFile.read(resolved)
            return .matrix(try RequestFile(source: resolved, catalogue: catalogue, slots: draft.slots).read(text))
        } catch {
            reading.problems.issues += error.issues
            return nil
        }
    }

    private mutating func trace(_ path: SettingPath, _ catalogue: Catalogue?) -> WorkloadKind? {
        let requests = reading.isStated(path.appending("requests")) ? draft.workload.requests : nil
        let builder = TraceBuilder(draft: draft.workload.trace, requestsPerSlot: requests, path: path, folder: folder)
        guard let source = builder.source(&reading), let catalogue else { return nil }
        do throws(ScenarioError) {
            let (workload, notes) = try source.read(catalogue)
            self.notes += notes
            return .trace(workload)
        } catch {
            reading.problems.issues += error.issues
            return nil
        }
    }
}

extension WorkloadDraft {
    fileprivate var popularity: Popularity { Popularity(requestsPerSlot: requests, zipfExponent: zipf) }

    fileprivate var bursts: Bursts {
        Bursts(
            busyShare: busyShare, busyStays: busyStays, busyBegins: busyBegins, busyFactor: busyFactor,
            quietFactor: quietFactor)
    }

    fileprivate var dayAndCrowds: Day {
        Day(
            slots: day, swing: swing, crowdChance: crowdChance, crowdRequests: crowdRequests, crowdStays: crowdStays)
    }

    fileprivate var hunt: Hunt {
        Hunt(
            requestsPerSlot: requests, hotSlots: hotSlots, quietRequests: quiet, firstShare: firstShare,
            secondShare: secondShare)
    }
}
