import EmberCore

/// A load that has ended well, with the share of the weights that was in the page cache.
struct SeenLoad {
    let model: Int
    let seconds: Double
    let share: Double
    /// Of the model then.
    let bytes: Int
}

/// Seconds, or seconds a byte, of loads from the disk and from memory.
private struct Ends {
    var cold: Double
    var warm: Double
    var count = 0

    func at(_ share: Double) -> Double { cold * (1 - share) + warm * share }

    mutating func learn(_ value: Double, _ share: Double) {
        count += 1
        let miss = value - at(share)
        let length = (1 - share) * (1 - share) + share * share
        cold = max(0, cold + miss / length / Double(min(count, 20)) * (1 - share))
        warm = max(0, warm + miss / length / Double(min(count, 20)) * share)
    }
}

// Rules 34 and 35, from all that was ever seen.
extension SlowPlanner {
    func expectedLoad(_ model: Int) -> Double? {
        var machine: Ends?
        var own: Ends?
        for (place, load) in seenLoads.enumerated() {
            let bytes = Double(max(1, load.bytes))
            machine = machine ?? Ends(cold: load.seconds / bytes, warm: load.seconds / bytes)
            machine?.learn(load.seconds / bytes, load.share)
            guard load.model == host(model), place >= forgottenLoads[load.model], let all = machine else { continue }
            own = own ?? Ends(cold: all.cold * bytes, warm: all.warm * bytes)
            own?.learn(load.seconds, load.share)
        }
        let share = shares[host(model)]
        let bytes = Double(catalogue.models[host(model)].residentBytes.count)
        return own?.at(share) ?? machine.map { $0.at(share) * bytes }
    }

    func expectedSeconds(_ model: Int, _ size: RequestSize) -> Double? {
        let works = works[model].filter { $0.promptBytes > 0 && $0.promptTokens > 0 }
        func mean(_ value: (EngineWork) -> Double) -> Double? { Seen.Values(all: works.map(value)).mean }
        guard let perByte = mean({ Double($0.promptTokens) / Double($0.promptBytes) }),
            let share = mean({ Double($0.prefillTokens) / Double($0.promptTokens) }),
            let answer = mean({ Double($0.decodeTokens) })
        else { return nil }
        let prompt = Double(size.promptBytes) * perByte
        let read = works.filter { $0.prefillTokens > 0 }.map { work in
            (work.promptTokens, work.prefillSeconds / Double(work.prefillTokens))
        }
        let write = works.filter { $0.decodeTokens > 0 }.map { work in
            (work.promptTokens, work.decodeSeconds / Double(work.decodeTokens))
        }
        guard let reading = nearest(read, prompt), let writing = nearest(write, prompt) else { return nil }
        return prompt * share * reading + min(answer, size.answerTokens.map { Double($0) } ?? answer) * writing
    }

    private func nearest(_ rates: [(context: Int, rate: Double)], _ context: Double) -> Double? {
        func length(_ context: Double) -> Int {
            var (length, end) = (0, 2.0)
            while context >= end, length < 20 { (length, end) = (length + 1, end * 2) }
            return length
        }
        let known = Dictionary(grouping: rates) { length(Double($0.context)) }
        let wanted = length(context)
        let best = known.keys.min { (abs($0 - wanted), $0) < (abs($1 - wanted), $1) }
        return best.flatMap { Seen.Values(all: (known[$0] ?? []).map(\.rate)).mean }
    }

    func inferenceCost(_ model: Int, _ size: RequestSize?) -> Double {
        if isMeasured(model, .inference), let size, let seconds = expectedSeconds(model, size) {
            return (settings.weights?.waitingSecond ?? 0) * seconds
        }
        return catalogue.models[model].costs.inferencePerToken * Double(catalogue.models[model].typicalTokens)
    }

    func cloudCost(_ model: Int, _ size: RequestSize?) -> Double {
        let typical = catalogue.models[model].costs.cloudPerRequest
        guard isMeasured(model, .cloud), let bill = size?.bill, let mean = seen[model].bill.mean else { return typical }
        return typical + (settings.weights?.money ?? 0) * (bill - mean)
    }
}
