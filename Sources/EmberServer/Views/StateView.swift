public import EmberCore

/// What /ember/v1/state reports: residents, memory, ages of context, queue, costs, last decisions.
public struct StateView: Codable, Sendable {
    /// Seconds since Ember's start.
    public var uptime: Double
    public var policy: String
    public var memory: Memory
    public var queue: Queue
    public var models: [Model]
    public var cost: Cost
    /// nil where no model has an upstream.
    public var cloud: CloudView?
    /// nil where Ember keeps no context.
    public var context: ContextView?
    /// Of requests in flight.
    public var bodies: BodiesView?
    public var connections: ConnectionsView?
    public var descriptors: DescriptorsView?
    /// Newest first.
    public var decisions: [DecisionView]

    public struct Memory: Codable, Sendable {
        public var budgetBytes: Int
        /// Of everything loading, resident or leaving.
        public var occupiedBytes: Int
        /// Of what will be in memory once everything under way is done.
        public var committedBytes: Int
    }

    public struct Queue: Codable, Sendable {
        public var waiting: Int
        public var limit: Int
    }

    public struct Model: Codable, Sendable {
        public var name: String
        public var kind: String
        public var status: ModelStatus
        /// What the planner counts on: at rest, with room for one request; 0 of a variant, whose base counts it.
        public var footprintBytes: Int
        /// Of that, what it takes while it runs nothing, and what each running request takes on top.
        public var restingBytes: Int
        public var peakBytes: Int
        /// What its process was last seen to take.
        public var measuredBytes: Int?
        /// The most that its last life that has ended was seen to take, and when that was; nil: nothing is remembered.
        public var learntBytes: Int?
        public var learntAt: String?
        /// Of its weights, what the page cache held when it was last absent; 0 to 1.
        public var cachedShare: Double
        public var inFlight: Int
        public var waiting: Int
        public var pinned: Bool
        public var process: Int32?
        public var failures: Int
        /// Its engines that died in a row while they ran requests.
        public var deaths: Int
        public var failure: String?
        public var ageOfContext: Double
        public var contexts: [Context]
        public var seen: Seen
    }

    /// Running means of what has been measured; nil: nothing yet.
    public struct Seen: Codable, Sendable {
        /// What a load is expected to take now, from its own loads or else those of others by their bytes.
        public var loadSeconds: Double?
        public var edgeSeconds: Double?
        public var edgeTokens: Double?
        public var cloudSeconds: Double?
        public var cloudBill: Double?

        init(_ costs: MeasuredCosts, loadSeconds: Double?) {
            self.loadSeconds = loadSeconds
            edgeSeconds = costs.edge.value
            edgeTokens = costs.tokens.value
            cloudSeconds = costs.cloud.value
            cloudBill = costs.bill.value
        }
    }

    public struct Context: Codable, Sendable {
        public var service: String
        public var heldExamples: Double
        public var ageOfContext: Double
    }

    /// The system cost by its terms: where nothing is declared, measured seconds and money by their weights. In JSON,
    /// terms and counts are members of one object.
    @dynamicMemberLookup
    public struct Cost: Codable, Sendable {
        public var costs: CostVector
        private var counts: Counts

        public struct Counts: Codable, Sendable {
            public var total: Double
            public var joules: Double
            public var joulesSource: JoulesSource
            /// Seconds of loads, and money for the cloud.
            public var loadSeconds: Double
            public var billed: Double
            public var loads: Int
            public var evictions: Int
            public var edgeRequests: Int
            public var cloudRequests: Int
            public var rejectedRequests: Int
        }

        public subscript<Value>(dynamicMember count: KeyPath<Counts, Value>) -> Value { counts[keyPath: count] }

        public init(_ ledger: CostLedger) {
            costs = ledger.costs
            counts = Counts(
                total: ledger.total, joules: ledger.joules,
                joulesSource: ledger.joulesAreMeasured ? .measured : .modelled, loadSeconds: ledger.loadSeconds,
                billed: ledger.billed, loads: ledger.loads, evictions: ledger.evictions,
                edgeRequests: ledger.edgeRequests, cloudRequests: ledger.cloudRequests,
                rejectedRequests: ledger.rejectedRequests)
        }

        public init(from decoder: any Decoder) throws {
            costs = try CostVector(from: decoder)
            counts = try Counts(from: decoder)
        }

        public func encode(to encoder: any Encoder) throws {
            try costs.encode(to: encoder)
            try counts.encode(to: encoder)
        }
    }

    /// Where joules come from.
    public enum JoulesSource: String, Codable, Sendable {
        /// The machine's own counters, since Ember's start.
        case measured
        /// The declared joules a token.
        case modelled
    }

    init(
        policy: String, edge: EdgeState, deployment: Deployment, at now: Time, decisions: [DecisionView],
        engineProcesses: [Int32?], memories: [MemoryView], failures: [String?]
    ) {
        uptime = now.seconds
        self.policy = policy
        memory = Memory(
            budgetBytes: edge.settings.budget.count, occupiedBytes: edge.occupied.count,
            committedBytes: edge.committed.count)
        queue = Queue(waiting: edge.waiting, limit: edge.settings.queueLimit)
        self.decisions = decisions
        cost = Cost(edge.ledger)
        models = deployment.models.indices.map { index in
            let id = deployment.instance(of: ModelID(index))
            let (instance, isVariant) = (edge.instances[id.index], id.index != index)
            let model = deployment.models[index]
            let status = ModelStatus(instance, problem: model.problem, settings: edge.settings, now: now)
            return Model(
                name: model.name, kind: model.spec.kind.rawValue, status: status,
                footprintBytes: isVariant ? 0 : instance.footprint.count,
                restingBytes: isVariant ? 0 : instance.resting.count, peakBytes: isVariant ? 0 : instance.peak.count,
                measuredBytes: memories[index].measured?.count, learntBytes: memories[index].learnt?.most,
                learntAt: memories[index].learnt?.measuredText,
                cachedShare: edge.measured[id.index].cachedShare,
                inFlight: instance.inFlight, waiting: edge.waiting(for: id),
                pinned: model.spec.isPinned, process: engineProcesses[id.index],
                failures: instance.failures, deaths: instance.deaths,
                failure: model.problem ?? (instance.hasFailed ? failures[id.index] : nil),
                ageOfContext: edge.ageOfContext(of: id),
                contexts: Self.contexts(of: ModelID(index), edge),
                seen: Seen(edge.measured[index], loadSeconds: edge.loadSeconds(of: ModelID(index))))
        }
    }

    /// Only services that have a context with the model.
    private static func contexts(of model: ModelID, _ edge: EdgeState) -> [Context] {
        edge.catalogue.services.indices.compactMap { service in
            let pair = edge.catalogue.pair(ServiceID(service), model)
            guard edge.heldExamples(of: pair) > 0 else { return nil }
            return Context(
                service: edge.catalogue.services[service].name, heldExamples: edge.heldExamples(of: pair),
                ageOfContext: edge.ageOfContext(of: pair))
        }
    }
}

extension Instance {
    fileprivate var hasFailed: Bool { failures + deaths + overruns > 0 || isUnusable }
}
