public import EmberCore

/// What a server's requests would cost under other policies, memory sizes and clouds, each run on a virtual clock by
/// the server's own planner.
public struct Plan: Sendable {
    /// The same work, drawn by several seeds; a log is one.
    private let works: [PlanWork]
    private let cases: [PlanCase]

    /// - Parameter cases: the first is the present one.
    public init(_ works: [PlanWork], cases: [PlanCase]) {
        precondition(!works.isEmpty && !cases.isEmpty, "a plan has work and a present case")
        (self.works, self.cases) = (works, cases)
    }

    /// The usual cases: the policies at each size of memory, and the present policy without the cloud, or with less.
    ///
    /// - Parameters:
    ///   - shares: of the present memory.
    ///   - limits: money for the cloud in all.
    public static func cases(
        _ work: PlanWork, policies: [SimulatedPolicy], shares: [Double], limits: [Double]
    ) throws(PolicyError) -> [PlanCase] {
        let present = try SimulatedPolicy.parse(work.policy)
        let memory = work.settings.budget
        var cases = [PlanCase(present, memory)]
        func add(_ one: PlanCase) { if !cases.contains(one) { cases.append(one) } }
        for policy in [present] + policies {
            for share in shares { add(PlanCase(policy, Bytes(Int(Double(memory.count) * share)))) }
        }
        add(PlanCase(present, memory, .none))
        for limit in limits { add(PlanCase(present, memory, .limit(limit))) }
        return cases
    }

    /// Runs all, at most `jobs` runs at once; the result does not depend on `jobs`.
    public func run(
        jobs: Int, progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) async -> PlanOutcome {
        let runs = await Workers.map(cases.count * works.count, jobs: jobs, progress: progress) { index in
            run(cases[index / works.count], works[index % works.count])
        }
        let rows = cases.indices.map { index in
            let own = runs[(index * works.count)..<((index + 1) * works.count)]
            return PlanRow(cases[index], own.map(\.outcome), seconds: works[0].seconds)
        }
        return PlanOutcome(works, rows: rows, residency: runs[..<works.count].map(\.residency))
    }

    private func run(_ one: PlanCase, _ work: PlanWork) -> (outcome: RunOutcome, residency: [Double]) {
        let watch = ResidencyWatch()
        let scenario = work.scenario(memory: one.memory, cloud: one.cloud)
        let outcome = one.policy.run(scenario, seed: 1, observers: [watch])
        return (outcome, watch.shares(of: work.seconds))
    }
}

/// What a plan has found.
public struct PlanOutcome: Codable, Sendable {
    public struct Model: Codable, Sendable {
        public var name: String
        /// With room for one request; 0 of one that only the cloud has.
        public var bytes: Int
        /// Alone, in the present memory.
        public var fits: Bool
        public var requestsPerHour: Double
        /// Of the time, in the present case: from 0 to 1.
        public var residentShare: Double
    }

    public var source: PlanWork.Source
    public var seconds: Double
    public var requests: Double
    public var memoryBytes: Int
    public var models: [Model]
    /// The present case, then the others.
    public var rows: [PlanRow]
    /// What follows from it, in sentences.
    public var advice: [String]

    init(_ works: [PlanWork], rows: [PlanRow], residency: [[Double]]) {
        let work = works[0]
        (source, seconds, self.rows) = (work.source, work.seconds, rows)
        requests = works.reduce(0) { $0 + Double($1.arrivals.count) } / Double(works.count)
        memoryBytes = work.settings.budget.count
        let counts = works.map(\.counts)
        let hours = max(work.seconds, 1) / 3600
        models = work.catalogue.models.indices.map { index in
            let (id, spec) = (ModelID(index), work.catalogue.models[index])
            let instance = work.catalogue.instance(ServiceID(0), id).index
            let shares = residency.map { $0.indices.contains(instance) ? $0[instance] : 0 }
            return Model(
                name: spec.name, bytes: spec.residentBytes.count, fits: spec.residentBytes <= work.settings.budget,
                requestsPerHour: counts.reduce(0) { $0 + Double($1[index]) } / Double(works.count) / hours,
                residentShare: shares.reduce(0, +) / Double(shares.count))
        }
        advice = PlanAdvice(rows, memoryBytes: memoryBytes, models: models).sentences
    }
}
