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

    /// One line, without its end.
    public var line: String {
        let fields = Self.fields(of: event)
        return "\(time.seconds) \(fields.joined(separator: " ")) #\(digest.hex)"
    }

    /// nil for a line that is none, such as one that was cut off.
    public init?(line: some StringProtocol) {
        var parts = line.split { $0 == " " }.map { String($0) }
        guard parts.count >= 3, let seconds = Double(parts[0]), seconds.isFinite, let last = parts.popLast(),
            last.first == "#", let digest = EffectDigest(hex: last.dropFirst()),
            let event = Self.event(parts[1], Array(parts.dropFirst(2)))
        else { return nil }
        self.init(time: Time(seconds: seconds), event: event, digest: digest)
    }

    private static func fields(of event: Event) -> [String] {
        switch event {
        case .requestArrived(let id, let service, let model, let offloadable, let terms):
            ["a"] + [id.index, service.index, model.index, offloadable ? 1 : 0, terms.tenant].map { "\($0)" }
                + (terms.deadlineSeconds.map { ["\($0)"] } ?? [])
        case .batchArrived(let id, let service, let model, let count, let offloadable):
            ["b"] + [id.index, service.index, model.index, count, offloadable ? 1 : 0].map { "\($0)" }
        case .requestFinished(let id, let tokens, let bill):
            ["f", "\(id.index)", "\(tokens)"] + (bill == 0 ? [] : ["\(bill)"])
        case .requestFailed(let id, let retryable): ["x", "\(id.index)", retryable ? "1" : "0"]
        case .requestCancelled(let id): ["c", "\(id.index)"]
        case .loadFinished(let instance): ["L", "\(instance.index)"]
        case .loadFailed(let instance): ["F", "\(instance.index)"]
        case .unloadFinished(let instance): ["U", "\(instance.index)"]
        case .engineDied(let instance): ["D", "\(instance.index)"]
        case .contextMeasured(let service, let model, let examples, let worth):
            ["k", "\(service.index)", "\(model.index)", "\(examples)", "\(worth)"]
        case .footprintMeasured(let instance, let bytes): ["m", "\(instance.index)", "\(bytes.count)"]
        case .loadRequested(let instance): ["l", "\(instance.index)"]
        case .unloadRequested(let instance): ["u", "\(instance.index)"]
        case .policyChanged(let policy, let seed): ["p", policy, "\(seed)"]
        case .tick: ["t"]
        case .slotEnded: ["s"]
        }
    }

    private static func event(_ code: String, _ fields: [String]) -> Event? {
        let numbers = fields.compactMap { Int($0) }.filter { $0 >= 0 }
        if code == "k" {
            guard fields.count == 4, numbers.count >= 2, let examples = Double(fields[2]), let worth = Double(fields[3])
            else { return nil }
            return .contextMeasured(ServiceID(numbers[0]), ModelID(numbers[1]), examples: examples, worth: worth)
        }
        if code == "p" {
            guard fields.count == 2, let seed = UInt64(fields[1]) else { return nil }
            return .policyChanged(fields[0], seed: seed)
        }
        if numbers.count == fields.count, let event = event(code, numbers) { return event }
        // Money and deadlines are no whole numbers.
        guard numbers.count >= fields.count - 1, let last = fields.last.flatMap(Double.init), last >= 0 else {
            return nil
        }
        return event(code, Array(numbers.prefix(fields.count - 1)), last)
    }

    private static func event(_ code: String, _ n: [Int], _ last: Double) -> Event? {
        switch (code, n.count) {
        case ("a", 5): arrival(n, deadline: last)
        case ("f", 2): .requestFinished(RequestID(n[0]), tokens: n[1], bill: last)
        default: nil
        }
    }

    private static func arrival(_ n: [Int], deadline: Double? = nil) -> Event {
        .requestArrived(
            RequestID(n[0]), service: ServiceID(n[1]), model: ModelID(n[2]), offloadable: n[3] == 1,
            terms: RequestTerms(tenant: n[4], deadlineSeconds: deadline))
    }

    private static func event(_ code: String, _ n: [Int]) -> Event? {
        switch (code, n.count) {
        case ("a", 5): arrival(n)
        case ("b", 5):
            .batchArrived(
                RequestID(n[0]), service: ServiceID(n[1]), model: ModelID(n[2]), count: n[3], offloadable: n[4] == 1)
        case ("f", 2): .requestFinished(RequestID(n[0]), tokens: n[1])
        case ("x", 2): .requestFailed(RequestID(n[0]), retryable: n[1] == 1)
        case ("c", 1): .requestCancelled(RequestID(n[0]))
        case ("L", 1): .loadFinished(InstanceID(n[0]))
        case ("F", 1): .loadFailed(InstanceID(n[0]))
        case ("U", 1): .unloadFinished(InstanceID(n[0]))
        case ("D", 1): .engineDied(InstanceID(n[0]))
        case ("m", 2): .footprintMeasured(InstanceID(n[0]), Bytes(n[1]))
        case ("l", 1): .loadRequested(InstanceID(n[0]))
        case ("u", 1): .unloadRequested(InstanceID(n[0]))
        case ("t", 0): .tick
        case ("s", 0): .slotEnded
        default: nil
        }
    }

    /// Whether the event speaks only of what the catalogue has: a planner must not be told of anything else.
    public func fits(_ catalogue: Catalogue) -> Bool {
        switch event {
        case .requestArrived(_, let service, let model, _, _), .batchArrived(_, let service, let model, _, _),
            .contextMeasured(let service, let model, _, _):
            service.index < catalogue.services.count && model.index < catalogue.models.count
        case .loadFinished(let instance), .loadFailed(let instance), .unloadFinished(let instance),
            .engineDied(let instance), .footprintMeasured(let instance, _), .loadRequested(let instance),
            .unloadRequested(let instance):
            instance.index < catalogue.instanceCount
        case .policyChanged(let policy, _): (try? PolicyCatalog.entry(policy)) != nil
        case .requestFinished, .requestFailed, .requestCancelled, .tick, .slotEnded: true
        }
    }
}
