import EmberCore

/// The planner once more, written from `docs/planner.md` alone: plain, slow, nothing kept that can be computed again.
///
/// The numbers in its comments are those of the rules.
struct SlowPlanner {
    struct Ask {
        enum Place: Equatable {
            case nowhere
            case queue
            case cloud
            case engine(life: Int)
        }
        let id: RequestID
        var service: Int
        var model: Int
        var target: Int
        var cloudMayAnswer: Bool
        let came: Double
        /// By the bound of when it came.
        let latest: Double
        var terms: RequestTerms
        /// What the cloud is expected to need when it came.
        var lead = 0.0
        var round = 0
        var begun = 0.0
        var place = Place.nowhere
        var failures = 0
        /// Engines that have died of it, or of one like it.
        var deaths = 0
        var isTooLarge = false
        var overruns = 0
        var accuracy = 0.0
        /// What it is expected to take while it runs.
        var joules = 0.0
    }
    struct Engine {
        var phase = Phase.absent
        var resting: Int
        var peak: Int
        /// Of the life that has been admitted.
        var layout: [DeviceShare] = []
        /// Lives that were ended over the budget, in a row, and whether this one has run anything.
        var overruns = 0
        /// Lives in a row that died after they had run something.
        var deaths = 0
        var hasRun = false
        var life = 0
        var leavesFor: Int?
        var leavesBecause = UnloadReason.requested
        var loadBegan = 0.0
        var loadEnded = 0.0
        var used = 0.0
        var failures = 0
        var notBefore = 0.0
        var wanted = false
        var unusable = false
        var comesBack = false
        var contexts: [Int] = []
        var round = 0
        /// Of a resident's tokens.
        var pool: Int?
        var held = 0
        var bytes: Int { resting + peak }
    }

    var catalogue: Catalogue
    var settings: PlannerSettings
    let yardstick: Yardstick
    var now = 0.0
    var engines: [Engine]
    var asks: [Ask] = []
    /// Who waits for which engine; the lines are in the order in which they began.
    var lines: [(target: Int, ids: [RequestID])] = []
    /// Engines with a reservation, in the order of admission.
    var promised: [Int] = []
    var answers: [Effect] = []
    var memories: Memories
    var chronicle = Chronicle()
    var costs = Costs()
    /// Energy that has been spent, and when.
    var spent: [(joules: Double, at: Double)] = []
    /// All that was ever measured of the machine's energy, and the tokens of edge requests that have ended since the
    /// last time.
    var drawn: [Drawn] = []
    var ended: [Int] = []
    /// By model, everything that was ever measured.
    var seen: [Seen]
    /// All loads in their order; by model: of its weights, the share in the page cache, and what its engine said of
    /// requests.
    var seenLoads: [SeenLoad] = []
    /// By model, how many of all loads were before its files were read again.
    var forgottenLoads: [Int]
    var shares: [Double]
    var works: [[EngineWork]]
    /// By model, what each request added that was sent away since the last trial.
    var trialCredits: [[Double]]
    var look: Double?

    struct Costs: Equatable {
        var switching = 0.0, accuracy = 0.0, inference = 0.0, transmission = 0.0, cloud = 0.0
        var energy = 0.0, joules = 0.0, waiting = 0.0
    }

    init(_ catalogue: Catalogue, _ settings: PlannerSettings, _ yardstick: Yardstick) {
        self.catalogue = catalogue
        self.settings = settings
        self.yardstick = yardstick
        engines = (0..<catalogue.instanceCount).map {
            let spec = catalogue.models[$0 % catalogue.models.count]
            return Engine(
                resting: (spec.learnt?.resting ?? spec.residentBytes).count, peak: spec.learnt?.peak.count ?? 0)
        }
        memories = Memories(catalogue)
        seen = catalogue.models.map { _ in Seen() }
        shares = catalogue.models.map { _ in 1 }
        forgottenLoads = catalogue.models.map { _ in 0 }
        works = catalogue.models.map { _ in [] }
        trialCredits = Array(repeating: [], count: catalogue.models.count)
    }

    // MARK: What is computed each time

    var waiting: Int { lines.map(\.ids.count).reduce(0, +) }

    /// Where requests of the service for the model go.
    func target(_ service: Int, _ model: Int) -> Int {
        let host = host(model)
        return catalogue.sharing == .instances ? host : service * catalogue.models.count + host
    }

    func host(_ model: Int) -> Int { catalogue.models[model].base?.index ?? model }

    func spec(_ engine: Int) -> ModelSpec { catalogue.models[engine % catalogue.models.count] }
    func line(_ target: Int) -> [RequestID] { lines.first { $0.target == target }?.ids ?? [] }
    func ask(_ id: RequestID) -> Ask? { asks.first { $0.id == id } }
    func running(_ target: Int) -> [Ask] {
        asks.filter { $0.target == target && $0.place == .engine(life: engines[target].life) }
    }
    func isInUse(_ target: Int) -> Bool { !running(target).isEmpty || !line(target).isEmpty }
    func protectionEnd(_ target: Int) -> Double {
        let engine = engines[target]
        return engine.loadEnded + settings.queue.residencyPerLoad * (engine.loadEnded - engine.loadBegan)
    }
    func isInService(_ target: Int) -> Bool {
        engines[target].phase == .resident && engines[target].leavesFor == nil
    }
    func firstCame(_ target: Int) -> Double { line(target).compactMap { ask($0)?.came }.min() ?? .infinity }
    func hasWaited(_ target: Int, _ seconds: Double) -> Bool { now >= firstCame(target) + seconds }

    /// Rule 4.
    func canFit(_ target: Int) -> Bool {
        min(engines[target].resting, spec(target).residentBytes.count) <= room(target)
    }

    func mayBegin(_ target: Int) -> Bool {
        engines[target].phase == .absent && !engines[target].unusable && engines[target].notBefore <= now
    }

    /// Rule 19.
    func starves(_ target: Int) -> Bool {
        mayBegin(target)
            && hasWaited(target, settings.queue.patienceSeconds)
    }

    // MARK: Small steps

    mutating func change(_ id: RequestID, _ edit: (inout Ask) -> Void) {
        guard let place = asks.firstIndex(where: { $0.id == id }) else { return }
        edit(&asks[place])
    }

    mutating func forget(_ id: RequestID) { asks.removeAll { $0.id == id } }

    mutating func leaveLine(_ id: RequestID) {
        for place in lines.indices { lines[place].ids.removeAll { $0 == id } }
        lines.removeAll { $0.ids.isEmpty }
    }

    mutating func joinLine(_ id: RequestID) {
        guard let joining = ask(id) else { return }
        if line(joining.target).isEmpty { lines.append((joining.target, [])) }
        guard let number = lines.firstIndex(where: { $0.target == joining.target }) else { return }
        let turn = (joining.round, joining.came)
        let place = lines[number].ids.firstIndex { ask($0).map { turn < ($0.round, $0.came) } == true }
        lines[number].ids.insert(id, at: place ?? lines[number].ids.endIndex)
        change(id) { $0.place = .queue }
        answers.append(.enqueue(id))
    }

    mutating func toCloud(_ id: RequestID, _ reason: OffloadReason) {
        let instant = now
        change(id) {
            $0.place = .cloud
            $0.begun = instant
        }
        answers.append(.offload(id, reason))
    }

    mutating func cloudOrNo(_ id: RequestID, _ reason: OffloadReason, _ rejection: Rejection) {
        if ask(id)?.cloudMayAnswer == true { return toCloud(id, reason) }
        forget(id)
        answers.append(.reject(id, rejection))
    }

    mutating func cloudOrWait(_ id: RequestID, _ reason: OffloadReason) {
        if ask(id)?.cloudMayAnswer == true { toCloud(id, reason) } else { wait(id) }
    }

    /// Rule 13.
    mutating func wait(_ id: RequestID) {
        guard let target = ask(id)?.target else { return }
        if waiting >= settings.queue.limit, !makePlace(for: id, among: lines.flatMap(\.ids), .queueFull) {
            return cloudOrNo(id, .queueFull, .queueFull)
        }
        if line(target).count >= settings.queue.limitPerInstance,
            !makePlace(for: id, among: line(target), .modelQueueFull)
        {
            return cloudOrNo(id, .queueFull, .modelQueueFull)
        }
        takeRound(id)
        joinLine(id)
    }
}
