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
        /// By number; nil where the budget is not theirs, or nothing is known of them.
        public var gpus: [GPU]?
    }

    /// A GPU: what the planner counts of it, and what it holds at this moment.
    public struct GPU: Codable, Sendable {
        public var index: Int
        public var name: String
        public var totalBytes: Int
        public var budgetBytes: Int
        public var occupiedBytes: Int
        public var committedBytes: Int
        /// Held by models, and by all other programs; nil: the driver does not say it, or the GPU does not answer.
        public var heldBytes: Int?
        public var othersBytes: Int?
    }

    public struct Queue: Codable, Sendable {
        public var waiting: Int
        public var limit: Int
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
        queue = Queue(waiting: edge.waiting, limit: edge.settings.queue.limit)
        self.decisions = decisions
        cost = Cost(edge.ledger)
        // What was taken out of the configuration is shown for as long as it takes memory.
        models = deployment.models.indices.filter { index in
            !deployment.models[index].spec.isRetired || edge.instances[index].phase != .absent
        }.map { index in
            Model(
                ModelID(index), deployment, edge, at: now, processes: engineProcesses, memory: memories[index],
                failures: failures)
        }
    }
}
