import EmberCore
import EmberDocument

extension ScenarioBuilder {
    /// What the scenario's `workload` says; nil when it cannot be, which goes to `reading`.
    mutating func workload(_ catalogue: Catalogue?) -> WorkloadKind? {
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
        let popularity = popularity(catalogue)
        switch draft.kind {
        case .stationary: return .stationary(popularity)
        case .drift: return .drift(popularity, period: draft.period)
        case .bursty: return .bursty(popularity, draft.bursts)
        case .adversarial: return .adversarial(requestsPerSlot: draft.popularity.requestsPerSlot, draft.hunt)
        case .diurnal: return .diurnal(draft.popularity, draft.day)
        case .mix: return mix(path, catalogue)
        case .file: return file(path, catalogue)
        case .trace: return trace(path, catalogue)
        }
    }

    /// With the sizes of the pairs that are asked for, where they decide.
    private func popularity(_ catalogue: Catalogue?) -> Popularity {
        var popularity = draft.workload.popularity
        guard let catalogue, popularity.ranks.sizeCorrelation != 0 || draft.workload.idlePairs > 0 else {
            return popularity
        }
        let asked = draft.services.count * catalogue.models.count
        popularity.ranks.take(
            memory: (0..<asked).map { catalogue[catalogue.model(of: PairID($0))].residentBytes.count })
        return popularity
    }

    private mutating func mix(_ path: SettingPath, _ catalogue: Catalogue?) -> WorkloadKind? {
        guard let catalogue else { return nil }
        if draft.workload.mix.isEmpty {
            reading.report(path, "has no mix; write one such as mix: [{service: chat, model: small, requests: 5}]")
        }
        var means = [Double](repeating: 0, count: catalogue.pairCount)
        for (index, entry) in draft.workload.mix.enumerated() {
            let place = path.appending("mix").appending(index: index)
            let service = find(entry.service, "service", in: catalogue.services.map(\.name), place)
            let model = find(entry.model, "model", in: catalogue.models.map(\.name), place)
            guard let service, let model else { continue }
            means[catalogue.pair(ServiceID(service), ModelID(model)).index] += entry.requests
        }
        return .mix(means, draft.workload.bursts)
    }

    private mutating func find(_ name: String?, _ key: String, in names: [String], _ path: SettingPath) -> Int? {
        if let index = names.firstIndex(where: { $0 == name }) { return index }
        let known = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
        reading.report(path.appending(key), "\(Quotation.of(name ?? "")) is no \(key); write one of \(known)")
        return nil
    }

    private mutating func file(_ path: SettingPath, _ catalogue: Catalogue?) -> WorkloadKind? {
        guard let file = draft.workload.file else {
            reading.report(path, "has no file; write the path of the requests such as file: requests.csv")
            return nil
        }
        guard let catalogue else { return nil }
        let resolved = folder.besideScenario(file)
        do throws(ScenarioError) {
            let text = try UserFile.text(of: resolved)
            return .matrix(try RequestFile(source: resolved, catalogue: catalogue, slots: draft.clock.slots).read(text))
        } catch {
            reading.problems.issues += error.issues
            return nil
        }
    }

    private mutating func trace(_ path: SettingPath, _ catalogue: Catalogue?) -> WorkloadKind? {
        let requests = reading.isStated(path.appending("requests")) ? draft.workload.popularity.requestsPerSlot : nil
        let builder = TraceBuilder(draft: draft.workload.trace, requestsPerSlot: requests, path: path, folder: folder)
        guard var source = builder.source(&reading), let catalogue else { return nil }
        source.keepsRequests = draft.clock.time == .events
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
