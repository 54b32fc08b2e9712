/// A change of the catalogue as words of a log's line: numbers of models and services, then each one's figures in a
/// fixed order. What is missing is `-`; names have their blanks escaped.
enum CatalogueText {
    static func words(of change: CatalogueChange) -> [String] {
        [change.newModels.count, change.newServices.count, change.models.count, change.services.count].map { "\($0)" }
            + change.newModels.map { text($0?.index) } + change.newServices.map { text($0?.index) }
            + change.models.flatMap { words(of: $0) } + change.services.flatMap { words(of: $0) }
    }

    /// nil for what is none.
    static func change(of all: [String]) -> CatalogueChange? {
        var line = Words(all)
        let counts = (0..<4).map { _ in line.count() }
        let newModels = line.list(counts[0]) { $0.optionalCount().map { ModelID($0) } }
        let newServices = line.list(counts[1]) { $0.optionalCount().map { ServiceID($0) } }
        let models = line.list(counts[2]) { model(&$0) }
        let services = line.list(counts[3]) { service(&$0) }
        guard line.areAllRead else { return nil }
        return CatalogueChange(models: models, services: services, newModels: newModels, newServices: newServices)
    }

    private static func text(_ value: (some CustomStringConvertible)?) -> String { value.map { "\($0)" } ?? "-" }

    private static func words(of model: ModelSpec) -> [String] {
        let flags = (model.isPinned ? 1 : 0) + (model.isRetired ? 2 : 0) + (model.devices == nil ? 0 : 4)
        return [
            escaped(model.name), model.kind.rawValue, model.placement.rawValue, text(model.base?.index),
            "\(model.residentBytes.count)", text(model.learnt?.resting.count), text(model.learnt?.peak.count),
            words(ofTokens: model), "\(model.parallel)", "\(flags)", text(model.idleTTLSeconds),
            "\(model.typicalTokens)", "\(model.measured.rawValue)",
        ] + (model.devices.map { words(of: $0) } ?? []) + words(of: model.costs) + words(of: model.accuracy)
    }

    private static func model(_ words: inout Words) -> ModelSpec {
        var model = ModelSpec(name: words.name())
        model.kind = words.one { ModelKind(rawValue: $0) } ?? .language
        model.placement = words.one { Placement(rawValue: $0) } ?? .edge
        model.base = words.optionalCount().map { ModelID($0) }
        model.residentBytes = Bytes(words.count())
        if let resting = words.optionalCount() {
            model.learnt = LearntMemory(resting: Bytes(resting), peak: Bytes(words.count()))
        } else {
            _ = words.optionalCount()
        }
        (model.windowTokens, model.poolTokens) = tokens(&words)
        model.parallel = words.count()
        let flags = words.count()
        (model.isPinned, model.isRetired) = (flags & 1 == 1, flags & 2 == 2)
        model.idleTTLSeconds = words.optionalNumber()
        model.typicalTokens = words.count()
        model.measured = MeasuredTerms(rawValue: words.count())
        if flags & 4 == 4 { model.devices = devices(&words) }
        model.costs = costs(&words)
        model.accuracy = accuracy(&words)
        return model
    }

    /// The window; after a slash the pool, if there is one.
    private static func words(ofTokens model: ModelSpec) -> String {
        "\(model.windowTokens)" + (model.poolTokens.map { "/\($0)" } ?? "")
    }

    private static func tokens(_ words: inout Words) -> (window: Int, pool: Int?) {
        let counts = words.one { word -> [Int]? in
            let parts = word.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
            return (1...2).contains(parts.count) && parts.allSatisfy { $0 >= 0 } ? parts : nil
        }
        return (counts?[0] ?? 0, counts?.dropFirst().first)
    }

    private static func words(of rule: DeviceRule) -> [String] {
        [rule.devices, rule.split].flatMap { list in ["\(list.count)"] + list.map { "\($0)" } }
            + [rule.mayDivide ? "1" : "0"]
    }

    private static func devices(_ words: inout Words) -> DeviceRule {
        let devices = words.list(words.count()) { $0.count() }
        let split = words.list(words.count()) { $0.count() }
        return DeviceRule(devices: devices, split: split, mayDivide: words.count() == 1)
    }

    private static func words(of costs: CostRates) -> [String] {
        let load: [String] =
            switch costs.load {
            case .constant(let cost): ["c", "\(cost)"]
            case .perByte(let cost): ["b", "\(cost)"]
            }
        return load
            + [
                costs.cloudPerRequest, costs.transmissionPerRequest, costs.inferencePerToken, costs.wrongAnswer,
                costs.joulesPerToken, costs.perJoule,
            ].map { "\($0)" }
    }

    private static func costs(_ words: inout Words) -> CostRates {
        let isPerByte = words.one { $0 == "b" ? true : $0 == "c" ? false : nil } ?? false
        let load = words.number()
        return CostRates(
            load: isPerByte ? .perByte(load) : .constant(load), cloudPerRequest: words.number(),
            transmissionPerRequest: words.number(), inferencePerToken: words.number(), wrongAnswer: words.number(),
            joulesPerToken: words.number(), perJoule: words.number())
    }

    private static func words(of accuracy: AccuracyModel) -> [String] {
        switch accuracy {
        case .constant(let accuracy): ["c", "\(accuracy)"]
        case .boundedLog(let zeroShot, let gain, let alpha): ["l", "\(zeroShot)", "\(gain)", "\(alpha)"]
        case .exponentialAmbiguity(let alpha, let beta): ["e", "\(alpha)", "\(beta)"]
        case .measured(let points):
            ["m", "\(points.count)"] + points.flatMap { ["\($0.examples)", "\($0.accuracy)"] }
        }
    }

    private static func accuracy(_ words: inout Words) -> AccuracyModel {
        switch words.one({ $0 }) {
        case "c": return .constant(words.number())
        case "l": return .boundedLog(zeroShot: words.number(), gain: words.number(), alpha: words.number())
        case "e": return .exponentialAmbiguity(alpha: words.number(), beta: words.number())
        case "m":
            return .measured(
                words.list(words.count()) { AccuracyPoint(examples: $0.number(), accuracy: $0.number()) })
        default:
            words.fail()
            return .constant(0)
        }
    }

    private static func words(of service: ServiceSpec) -> [String] {
        [
            escaped(service.name), "\(service.vanishing)", "\(service.demonstrationTokens)",
            "\(service.standIns.count)",
        ] + service.standIns.map { "\($0.index)" }
    }

    private static func service(_ words: inout Words) -> ServiceSpec {
        let (name, vanishing, tokens) = (words.name(), words.number(), words.count())
        let standIns = words.list(words.count()) { ModelID($0.count()) }
        // What is out of range is found out later, as in the first line of a log.
        var service = ServiceSpec(name: name, standIns: standIns)
        (service.vanishing, service.demonstrationTokens) = (vanishing, tokens)
        return service
    }

    /// A name as one word that is not empty.
    private static func escaped(_ name: String) -> String {
        "=" + name.unicodeScalars.map { $0 == "%" || $0.value <= 0x20 ? "%\($0.value);" : String($0) }.joined()
    }

    static func name(of word: String) -> String? {
        guard word.first == "=" else { return nil }
        let parts = word.dropFirst().split(separator: "%", omittingEmptySubsequences: false)
        var name = parts.first.map { String($0) } ?? ""
        for part in parts.dropFirst() {
            guard let end = part.firstIndex(of: ";"), let value = UInt32(part[..<end]),
                let scalar = Unicode.Scalar(value)
            else { return nil }
            name.unicodeScalars.append(scalar)
            name += part[part.index(after: end)...]
        }
        return name
    }
}

/// The words of a line, read one after the other; what is not as expected is remembered, and nothing read any more.
private struct Words {
    private let words: [String]
    private var next = 0
    private var hasFailed = false

    init(_ words: [String]) { self.words = words }

    var areAllRead: Bool { !hasFailed && next == words.count }

    mutating func fail() { hasFailed = true }

    mutating func one<Value>(_ read: (String) -> Value?) -> Value? {
        guard !hasFailed, next < words.count, let value = read(words[next]) else {
            hasFailed = true
            return nil
        }
        next += 1
        return value
    }

    mutating func count() -> Int { one { Int($0).flatMap { $0 >= 0 ? $0 : nil } } ?? 0 }

    mutating func number() -> Double { one { Double($0) } ?? 0 }

    mutating func name() -> String { one { CatalogueText.name(of: $0) } ?? "" }

    mutating func optionalCount() -> Int? { isMissing() ? nil : count() }

    mutating func optionalNumber() -> Double? { isMissing() ? nil : number() }

    private mutating func isMissing() -> Bool {
        guard !hasFailed, next < words.count, words[next] == "-" else { return false }
        next += 1
        return true
    }

    /// As many as there are at most; a damaged number must not reserve all memory.
    mutating func list<Element>(_ count: Int, _ read: (inout Words) -> Element) -> [Element] {
        var elements: [Element] = []
        while elements.count < count, !hasFailed { elements.append(read(&self)) }
        return elements
    }
}
