import EmberCore

/// A scenario as its file states it, before it is checked as a whole.
struct ScenarioDraft: Sendable {
    var base: String?
    var summary = ""
    var edge = EdgeDraft()
    var clock = ClockDraft()
    var queue = QueueSettings()
    var weights = CostWeights()
    var services: [ServiceDraft] = []
    var defaults = ScenarioModelDraft()
    var models: [ScenarioModelDraft] = []
    var workload = WorkloadDraft()
    var published: [PublishedDraft] = []
}

/// The edge servers, and what each of them has.
struct EdgeDraft: Sendable {
    var servers = 1
    var memory = MemoryDraft()
    var energy = EnergyDraft()
    var sharing = Sharing.pairs
    var context = ContextDraft()
}

/// How time passes, and how long things take.
struct ClockDraft: Sendable {
    var time = ScenarioTime.slots
    var slots = 200
    var events = EventDraft()
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
    var popularity = Popularity()
    var idlePairs = 0
    /// In slots.
    var period = 50
    var bursts = Bursts()
    var hunt = Hunt()
    var day = Day()
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
