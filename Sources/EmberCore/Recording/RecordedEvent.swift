/// An event as a line of a log: its instant, what happened, and a digest of the effects that it had.
///
///     12.25 a 3 0 1 1 0 #9d1c5e07    at 12.25 s request 3 of service 0 asked for model 1, the cloud may answer, tenant 0
///
/// Times are written so that they are read back to the last bit.
public struct RecordedEvent: Sendable, Equatable {
    public let time: Time
    public let event: Event
    public let digest: EffectDigest

    public init(time: Time, event: Event, digest: EffectDigest) {
        self.time = time
        self.event = event
        self.digest = digest
    }

    /// Of seconds, tokens, bytes and money: a damaged line must not break its reader.
    private static let mostValue = 1e15

    /// One line, without its end.
    public var line: String {
        let fields = Self.fields(of: event)
        return "\(time.seconds) \(fields.joined(separator: " ")) #\(digest.hex)"
    }

    /// nil for a line that is none, such as one that was cut off.
    public init?(line: some StringProtocol) {
        var parts = line.split { $0 == " " }.map { String($0) }
        guard parts.count >= 3, let seconds = Double(parts[0]), seconds.magnitude < Self.mostValue,
            let last = parts.popLast(),
            last.first == "#", let digest = EffectDigest(hex: last.dropFirst()),
            let event = Self.event(parts[1], Array(parts.dropFirst(2)))
        else { return nil }
        self.init(time: Time(seconds: seconds), event: event, digest: digest)
    }

    private static func fields(of event: Event) -> [String] {
        switch event {
        case .requestArrived(let id, let service, let model, let offloadable, let terms):
            ["a"] + [id.index, service.index, model.index, offloadable ? 1 : 0, terms.tenant].map { "\($0)" }
                + [terms.deadlineSeconds.map { "d\($0)" }, terms.size.map { "z" + Self.text(of: $0) }].compactMap(
                    \.self) + terms.unfit.map { "u\($0.index)" } + (terms.deaths == 0 ? [] : ["k\(terms.deaths)"])
                + (terms.tokens == 0 ? [] : ["t\(terms.tokens)"])
        case .batchArrived(let id, let service, let model, let count, let offloadable):
            ["b"] + [id.index, service.index, model.index, count, offloadable ? 1 : 0].map { "\($0)" }
        case .requestFinished(let id, let tokens, let bill, let work):
            ["f", "\(id.index)", "\(tokens)"] + (bill == 0 ? [] : ["\(bill)"])
                + (work.map { ["q" + Self.text(of: $0)] } ?? [])
        case .requestFailed(let id, let retryable): ["x", "\(id.index)", retryable ? "1" : "0"]
        case .requestCancelled(let id): ["c", "\(id.index)"]
        case .loadFinished(let instance): ["L", "\(instance.index)"]
        case .loadFailed(let instance): ["F", "\(instance.index)"]
        case .unloadFinished(let instance): ["U", "\(instance.index)"]
        case .engineDied(let instance): ["D", "\(instance.index)"]
        case .contextMeasured(let service, let model, let examples, let worth):
            ["k", "\(service.index)", "\(model.index)", "\(examples)", "\(worth)"]
        case .tokensCounted(let request, let tokens): ["N", "\(request.index)", "\(tokens)"]
        case .tokensHeld(let instance, let tokens): ["H", "\(instance.index)", "\(tokens)"]
        case .weightsCached(let model, let share): ["w", "\(model.index)", "\(share)"]
        case .footprintMeasured(let instance, let resting, let peak):
            ["m"] + [instance.index, resting.count, peak.count].map { "\($0)" }
        case .engineOverran(let instance, let resting, let peak):
            ["o"] + [instance.index, resting.count, peak.count].map { "\($0)" }
        case .modelRead(let instance, let estimate, let resting, let peak):
            ["r"] + [instance.index, estimate.count, resting.count, peak.count].map { "\($0)" }
        case .modelUnusable(let instance): ["n", "\(instance.index)"]
        case .footprintForgotten(let instance): ["g", "\(instance.index)"]
        case .energyMeasured(let joules): ["e", "\(joules)"]
        case .loadRequested(let instance): ["l", "\(instance.index)"]
        case .unloadRequested(let instance): ["u", "\(instance.index)"]
        case .policyChanged(let policy, let seed): ["p", policy, "\(seed)"]
        case .catalogueChanged(let change): ["C"] + CatalogueText.words(of: change)
        case .settingsChanged(let change): ["S"] + words(of: change)
        case .tick: ["t"]
        case .slotEnded: ["s"]
        }
    }

    private static func words(of change: SettingsChange) -> [String] {
        let queue = change.queue
        return [change.budget.count, queue.limit, queue.limitPerInstance].map { "\($0)" }
            + [queue.maxWaitSeconds, queue.patienceSeconds, queue.gateWaitSeconds, queue.residencyPerLoad].map {
                "\($0)"
            } + [change.prefetchSeconds.map { "\($0)" } ?? "-"]
    }

    private static func settings(of words: [String]) -> SettingsChange? {
        guard words.count == 8, let budget = Int(words[0]), let limit = Int(words[1]), let own = Int(words[2]) else {
            return nil
        }
        let numbers = words[3...].compactMap { Double($0) }
        guard numbers.count == (words[7] == "-" ? 4 : 5) else { return nil }
        var queue = QueueSettings()
        (queue.limit, queue.limitPerInstance) = (limit, own)
        (queue.maxWaitSeconds, queue.patienceSeconds) = (numbers[0], numbers[1])
        (queue.gateWaitSeconds, queue.residencyPerLoad) = (numbers[2], numbers[3])
        return SettingsChange(
            budget: Bytes(budget), queue: queue, prefetchSeconds: numbers.count == 5 ? numbers[4] : nil)
    }

    /// Bytes, tokens and money, where the last two may be missing.
    private static func text(of size: RequestSize) -> String {
        "\(size.promptBytes),\(size.answerTokens.map { "\($0)" } ?? ""),\(size.bill.map { "\($0)" } ?? "")"
    }

    private static func size(_ text: some StringProtocol) -> RequestSize? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = Int(parts[0]), bytes >= 0 else { return nil }
        let (tokens, bill) = (Int(parts[1]), Double(parts[2]))
        guard parts[1].isEmpty || tokens != nil, parts[2].isEmpty || bill != nil else { return nil }
        return RequestSize(promptBytes: bytes, answerTokens: tokens, bill: bill)
    }

    /// The figures of an engine's work, all of them.
    private static func text(of work: EngineWork) -> String {
        ([work.promptBytes, work.promptTokens, work.prefillTokens, work.decodeTokens].map { "\($0)" }
            + [work.prefillSeconds, work.decodeSeconds].map { "\($0)" }).joined(separator: ",")
    }

    private static func work(_ text: some StringProtocol) -> EngineWork? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let counts = parts.prefix(4).compactMap { Int($0) }.filter { (0..<Int(Self.mostValue)).contains($0) }
        let seconds = parts.dropFirst(4).compactMap { Double($0) }.filter { (0..<Self.mostValue).contains($0) }
        guard parts.count == 6, counts.count == 4, seconds.count == 2 else { return nil }
        return EngineWork(
            promptBytes: counts[0], promptTokens: counts[1], prefillTokens: counts[2], prefillSeconds: seconds[0],
            decodeTokens: counts[3], decodeSeconds: seconds[1])
    }

    private static func event(_ code: String, _ fields: [String]) -> Event? {
        let numbers = fields.prefix { Int($0) != nil }.compactMap { Int($0) }
        guard numbers.allSatisfy({ (0..<Int(Self.mostValue)).contains($0) }) else { return nil }
        let rest = Array(fields.dropFirst(numbers.count))
        switch (code, numbers.count) {
        case ("a", 5): return arrival(numbers, rest)
        case ("f", 2...3): return ending(fields)
        case ("p", 0...1):
            guard fields.count == 2, let seed = UInt64(fields[1]) else { return nil }
            return .policyChanged(fields[0], seed: seed)
        case ("C", _): return CatalogueText.change(of: fields).map { .catalogueChanged($0) }
        case ("S", _): return settings(of: fields).map { .settingsChanged($0) }
        default: break
        }
        if rest.isEmpty, let event = event(code, numbers) { return event }
        // Money, shares, joules and seconds are no whole numbers, but for some.
        let values = fields.compactMap { Double($0) }.filter { (0..<Self.mostValue).contains($0) }
        return values.count == fields.count ? event(code, values) : nil
    }

    private static func event(_ code: String, _ n: [Double]) -> Event? {
        /// nil: no whole number.
        func whole(_ place: Int) -> Int? { Int(exactly: n[place]) }
        switch (code, n.count) {
        case ("k", 4):
            guard let service = whole(0), let model = whole(1) else { return nil }
            return .contextMeasured(ServiceID(service), ModelID(model), examples: n[2], worth: n[3])
        case ("w", 2):
            guard let model = whole(0) else { return nil }
            return .weightsCached(ModelID(model), share: n[1])
        case ("e", 1) where n[0].isFinite: return .energyMeasured(joules: n[0])
        default: return nil
        }
    }

    /// - Parameter fields: the request and its tokens; then its bill, if it has one, and its work, behind a `q`.
    private static func ending(_ fields: [String]) -> Event? {
        guard let last = fields.last else { return nil }
        let hasWork = last.first == "q"
        let work = hasWork ? work(last.dropFirst()) : nil
        let values = hasWork ? fields.dropLast() : fields[...]
        guard (2...3).contains(values.count), hasWork == (work != nil), let id = Int(values[0]),
            let tokens = Int(values[1]), let bill = values.count == 3 ? Double(values[2]) : 0,
            (0..<Self.mostValue).contains(bill)
        else { return nil }
        return .requestFinished(RequestID(id), tokens: tokens, bill: bill, work: work)
    }

    /// - Parameter rest: each behind a letter that says what it is.
    private static func arrival(_ n: [Int], _ rest: [String]) -> Event? {
        var terms = RequestTerms(tenant: n[4])
        for field in rest {
            switch field.first {
            case "d":
                guard let seconds = Double(field.dropFirst()), (0..<Self.mostValue).contains(seconds) else {
                    return nil
                }
                terms.deadlineSeconds = seconds
            case "z":
                guard let size = size(field.dropFirst()) else { return nil }
                terms.size = size
            case "u":
                guard let model = Int(field.dropFirst()), (0..<Int(Self.mostValue)).contains(model) else { return nil }
                terms.unfit.append(ModelID(model))
            case "k":
                guard let deaths = Int(field.dropFirst()), (0..<Int(Self.mostValue)).contains(deaths) else {
                    return nil
                }
                terms.deaths = deaths
            case "t":
                guard let tokens = Int(field.dropFirst()), (0..<Int(Self.mostValue)).contains(tokens) else {
                    return nil
                }
                terms.tokens = tokens
            default: return nil
            }
        }
        return .requestArrived(
            RequestID(n[0]), service: ServiceID(n[1]), model: ModelID(n[2]), offloadable: n[3] == 1, terms: terms)
    }

    private static func event(_ code: String, _ n: [Int]) -> Event? {
        switch (code, n.count) {
        case ("b", 5):
            .batchArrived(
                RequestID(n[0]), service: ServiceID(n[1]), model: ModelID(n[2]), count: n[3], offloadable: n[4] == 1)
        case ("x", 2): .requestFailed(RequestID(n[0]), retryable: n[1] == 1)
        case ("c", 1): .requestCancelled(RequestID(n[0]))
        case ("L", 1): .loadFinished(InstanceID(n[0]))
        case ("F", 1): .loadFailed(InstanceID(n[0]))
        case ("U", 1): .unloadFinished(InstanceID(n[0]))
        case ("D", 1): .engineDied(InstanceID(n[0]))
        case ("N", 2): .tokensCounted(RequestID(n[0]), n[1])
        case ("H", 2): .tokensHeld(InstanceID(n[0]), n[1])
        case ("m", 3): .footprintMeasured(InstanceID(n[0]), Bytes(n[1]), peak: Bytes(n[2]))
        case ("o", 3): .engineOverran(InstanceID(n[0]), resting: Bytes(n[1]), peak: Bytes(n[2]))
        case ("r", 4): .modelRead(InstanceID(n[0]), estimate: Bytes(n[1]), resting: Bytes(n[2]), peak: Bytes(n[3]))
        case ("n", 1): .modelUnusable(InstanceID(n[0]))
        case ("g", 1): .footprintForgotten(InstanceID(n[0]))
        case ("l", 1): .loadRequested(InstanceID(n[0]))
        case ("u", 1): .unloadRequested(InstanceID(n[0]))
        case ("t", 0): .tick
        case ("s", 0): .slotEnded
        default: nil
        }
    }

    /// Requests that may be live at once. Drivers give them small numbers, by which planners keep them.
    private static let mostRequests = 1 << 20

    /// Whether the catalogue has everything that the event names; a planner must not receive any other event.
    public func fits(_ catalogue: Catalogue) -> Bool {
        switch event {
        case .requestArrived(let request, _, _, _, _) where request.index >= Self.mostRequests,
            .batchArrived(let request, _, _, _, _) where request.index >= Self.mostRequests:
            false
        case .requestArrived(_, let service, let model, _, _), .batchArrived(_, let service, let model, _, _),
            .contextMeasured(let service, let model, _, _):
            service.index < catalogue.services.count && model.index < catalogue.models.count
        case .weightsCached(let model, _): model.index < catalogue.models.count
        case .loadFinished(let instance), .loadFailed(let instance), .unloadFinished(let instance),
            .engineDied(let instance), .footprintMeasured(let instance, _, _), .engineOverran(let instance, _, _),
            .footprintForgotten(let instance), .loadRequested(let instance), .unloadRequested(let instance),
            .modelRead(let instance, _, _, _), .modelUnusable(let instance), .tokensHeld(let instance, _):
            instance.index < catalogue.instanceCount
        case .catalogueChanged(let change): change.fits(catalogue)
        case .settingsChanged(let change): change.isSound
        case .policyChanged(let policy, _): (try? PolicyCatalog.entry(policy)) != nil
        case .requestFinished, .requestFailed, .requestCancelled, .tokensCounted, .energyMeasured, .tick, .slotEnded:
            true
        }
    }
}
