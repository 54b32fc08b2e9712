import EmberCore

/// A scenario as its file states it, before it is checked as a whole.
struct ScenarioDraft: Sendable {
    var base: String?
    var summary = ""
    var slots = 200
    var servers = 1
    var memory = MemoryDraft()
    var energy = EnergyDraft()
    var sharing = Sharing.pairs
    var context = ContextDraft()
    var time = ScenarioTime.slots
    var events = EventDraft()
    var queue = QueueDraft()
    var weights = CostWeights()
    var services: [ServiceDraft] = []
    var defaults = ScenarioModelDraft()
    var models: [ScenarioModelDraft] = []
    var workload = WorkloadDraft()
    var published: [PublishedDraft] = []
}

/// What a scenario's clock counts.
enum ScenarioTime: String, CaseIterable, Sendable { case slots, events }

struct MemoryDraft: Sendable {
    var budgetBytes: Int?
    var prefetchSeconds = PlannerSettings(budget: .zero).prefetchSeconds
}

struct EnergyDraft: Sendable {
    var budgetJoules: Double?
    var price = 0.0
}

struct ContextDraft: Sendable {
    var retention = ContextRetention.lost
}

/// By default the planner's bounds are those of a server.
struct QueueDraft: Sendable {
    private static let server = PlannerSettings(budget: .zero)

    var limit = server.queueLimit
    var limitPerModel = server.queueLimitPerInstance
    var maxWaitSeconds = server.maxWaitSeconds
    var patienceSeconds = server.patienceSeconds
    var gateWaitSeconds = server.gateWaitSeconds
    var minResidency = server.residencyPerLoad
}

struct EventDraft: Sendable {
    var slotSeconds = 60.0
    var loadRate = 2_000_000_000
    var loadSeconds = 1.0
    var isOffloadable = true
    var roundTripSeconds = 0.05
    var cloudPrefill = 5000.0
    var cloudDecode = 50.0
}

struct ServiceDraft: Sendable {
    var name = ""
    var vanishingPerSlot = 0.6
    var demonstrationTokens = 100
}

struct ScenarioModelDraft: Sendable {
    var name = ""
    var memoryBytes: Int?
    var windowTokens = 2000
    var tokens = 1000
    var outputTokens = 100
    var parallel = 1
    var prefill = 1000.0
    var decode = 50.0
    var costs = CostsDraft()
    var accuracy = ScenarioAccuracyDraft()
}

struct CostsDraft: Sendable {
    var load = 0.0
    var loadPerGigabyte = 0.0
    var cloud = 0.0
    var transmission = 0.0
    var token = 0.0
    /// Of a token.
    var joules = 0.0
    var joulePrice: Double?
}

struct ScenarioAccuracyDraft: Sendable {
    /// Pairs of examples and accuracy.
    var table: [[Double]]?
    var beta: Double?
    var zeroShot = 0.4
    var gain = 0.07
    var alpha = 1.0
    var weight = 0.0
}

struct WorkloadDraft: Sendable {
    var kind = Kind.stationary
    var requests = 88.0
    var zipf = 0.8
    var period = 50
    var busyShare = 0.3
    var busyStays = 0.95
    var busyBegins = 0.02
    var busyFactor = 3.0
    var quietFactor = 0.15
    var hotSlots = 12
    var quiet = 0.3
    var firstShare = 0.5
    var secondShare = 0.3
    var day = 96
    var swing = 0.9
    var crowdChance = 0.02
    var crowdRequests = 60.0
    var crowdStays = 0.8
    var file: String?
    var trace = TraceDraft()
    var mix: [MixDraft] = []

    enum Kind: String, CaseIterable, Sendable {
        case stationary, drift, bursty, adversarial, diurnal, mix, file, trace
    }
}

struct MixDraft: Sendable {
    var service: String?
    var model: String?
    var requests = 0.0
}

struct TraceDraft: Sendable {
    var format: TraceFormat?
    var files: [TraceFileDraft] = []
    var slotSeconds = 60.0
    /// Seconds; nil: drawn.
    var start: Double?
    var windows: [Int] = []
    var clients: Int?
    var pairing = TracePairing.drawn
    var maxBadLines = 0
}

struct TraceFileDraft: Sendable {
    var file: String?
    var service: String?
}

struct PublishedDraft: Sendable {
    var policy = ""
    var figures: [Measure: Double] = [:]

    subscript(measure: Measure) -> Double? {
        get { figures[measure] }
        set { figures[measure] = newValue }
    }
}
