import EmberCore
import EmberEngine

extension StateView {
    /// A model, with its engine and its memory. In JSON, all of it is members of one object.
    @dynamicMemberLookup
    public struct Model: Codable, Sendable {
        private var overview: Overview
        public var memory: ModelMemory
        public var tokens: ModelTokens
        public var engine: Engine

        public struct Overview: Codable, Sendable {
            public var name: String
            public var kind: String
            public var status: ModelStatus
            public var inFlight: Int
            public var waiting: Int
            public var pinned: Bool
            public var ageOfContext: Double
            public var contexts: [Context]
            public var seen: Seen
            /// Of the requests that it can serve, such as /v1/chat/completions, and what it makes of pictures: none,
            /// accepted or required.
            public var paths: [String]
            public var pictures: ModelAbilities.Pictures
        }

        public subscript<Value>(dynamicMember fact: KeyPath<Overview, Value>) -> Value { overview[keyPath: fact] }

        public init(from decoder: any Decoder) throws {
            overview = try Overview(from: decoder)
            memory = try ModelMemory(from: decoder)
            tokens = try ModelTokens(from: decoder)
            engine = try Engine(from: decoder)
        }

        public func encode(to encoder: any Encoder) throws {
            try overview.encode(to: encoder)
            try memory.encode(to: encoder)
            try tokens.encode(to: encoder)
            try engine.encode(to: encoder)
        }
    }

    public struct ModelMemory: Codable, Sendable {
        /// What the planner counts on: at rest, with room for one request; 0 of a variant, whose base counts it.
        public var footprintBytes = 0
        /// Of that, what it takes while it runs nothing, and what each running request takes on top.
        public var restingBytes = 0
        public var peakBytes = 0
        /// What its process was last seen to take.
        public var measuredBytes: Int?
        /// The most that its last life that has ended was seen to take, and when that was; nil: nothing is remembered.
        public var learntBytes: Int?
        public var learntAt: String?
        /// Of its weights, what the page cache held when it was last absent; 0 to 1.
        public var cachedShare: Double
        /// The numbers of the GPUs that it is on, or that are reserved for it; nil: none, or there is only one.
        public var gpus: [Int]?
    }

    /// What requests, and idle conversations, have of the engine's context; nil: it is not known, or not bounded.
    public struct ModelTokens: Codable, Sendable {
        /// Of one request.
        public var windowTokens: Int?
        /// Of all of them together.
        public var poolTokens: Int?
        /// Of those that run, by what they may come to have; only where they could fill the pool.
        public var reservedTokens: Int?
        /// Of idle conversations; only there, too.
        public var heldTokens: Int?
    }

    /// What runs a model.
    public struct Engine: Codable, Sendable {
        public var process: Int32?
        public var failures: Int
        /// Engines that died in a row while they ran requests.
        public var deaths: Int
        public var failure: String?
        /// The model files that it is started from; nil of a command, and where only the cloud has the model.
        public var files: [String]?
        /// What it keeps of prompts; nil where Ember does not give its slots.
        public var kept: KeptView?
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
}

extension StateView.Model {
    /// - Parameters:
    ///   - processes: by instance, as `failures`.
    init(
        _ id: ModelID, _ deployment: Deployment, _ edge: EdgeState, at now: Time, processes: [Int32?],
        memory seen: MemoryView, failures: [String?]
    ) {
        let host = deployment.instance(of: id)
        let (instance, model) = (edge.instances[host.index], deployment[id])
        overview = Overview(
            name: model.name, kind: model.spec.kind.rawValue,
            status: ModelStatus(instance, problem: model.problem, settings: edge.settings, now: now),
            inFlight: instance.inFlight, waiting: edge.waiting(for: host), pinned: model.spec.isPinned,
            ageOfContext: edge.ageOfContext(of: host), contexts: Self.contexts(of: id, edge),
            seen: .init(edge.measured[id.index], loadSeconds: edge.loadSeconds(of: id)),
            paths: RequestKind.allCases.filter(model.abilities.kinds.contains).map(\.path),
            pictures: model.abilities.pictures)
        memory = .init(
            measuredBytes: seen.measured?.count, learntBytes: seen.learnt?.most, learntAt: seen.learnt?.measuredText,
            cachedShare: edge.measured[host.index].cachedShare,
            gpus: edge.deviceLedger?.layout(of: host)?.parts.map(\.device))
        if host.index == id.index {
            memory.footprintBytes = instance.footprint.count
            (memory.restingBytes, memory.peakBytes) = (instance.resting.count, instance.peak.count)
        }
        let pool = edge[pool: host]
        tokens = .init(
            windowTokens: model.context?.window, poolTokens: model.context?.pool, reservedTokens: pool?.reserved,
            heldTokens: pool?.held)
        engine = .init(
            process: processes[host.index], failures: instance.failures, deaths: instance.deaths,
            failure: model.problem ?? (instance.hasFailed ? failures[host.index] : nil), files: model.engine?.modelFiles
        )
    }

    /// Only services that have a context with the model.
    private static func contexts(of model: ModelID, _ edge: EdgeState) -> [StateView.Context] {
        edge.catalogue.services.indices.compactMap { service in
            let pair = edge.catalogue.pair(ServiceID(service), model)
            guard edge.heldExamples(of: pair) > 0 else { return nil }
            return StateView.Context(
                service: edge.catalogue.services[service].name, heldExamples: edge.heldExamples(of: pair),
                ageOfContext: edge.ageOfContext(of: pair))
        }
    }
}

extension Instance {
    fileprivate var hasFailed: Bool { failures + deaths + overruns > 0 || isUnusable }
}

extension EngineSpec {
    fileprivate var modelFiles: [String]? {
        if case .llamaServer(let options) = launch { options.weightFiles + options.adapters } else { nil }
    }
}
