public import EmberConfig
import EmberCore
import EmberSystem
import Foundation
import Logging

/// What upstreams are worth asking and what may be spent on them.
struct Clouds {
    private var breakers: [String: Breaker] = [:]
    /// What was wrong, by upstream; upstreams that answer successfully have none.
    private var lastFailures: [String: String] = [:]
    private var spending: Spending
    let file: SpendingFile
    private var budgets: CloudBudgets
    private let time: TimeSource

    init(_ budgets: CloudBudgets, _ file: SpendingFile, time: TimeSource) {
        (self.budgets, self.time) = (budgets, time)
        self.file = file
        spending = file.read()
    }

    mutating func take(_ budgets: CloudBudgets) { self.budgets = budgets }

    /// Sets aside what a request of the service can cost at most at the upstream that is to have it: of those that
    /// are not disabled and that the budgets allow, the first, or the cheapest.
    ///
    /// - Parameter tried: names of targets that have failed the request already.
    /// - Returns: what was reserved, or why the request must not go to the first of them now; nil where none is left.
    mutating func reserve(
        _ targets: [CloudTarget], service: String, _ size: CloudRequestSize, except tried: Set<String> = [],
        at now: Time
    ) -> Result<CloudReservation, CloudRefusal>? {
        var refusal: CloudRefusal?
        for target in inOrder(targets, size) where !tried.contains(target.name) {
            switch reserve(target, service: service, size, at: now) {
            case .success(let reservation): return .success(reservation)
            case .failure(let own): refusal = refusal ?? own
            }
        }
        return refusal.map { .failure($0) }
    }

    private func inOrder(_ targets: [CloudTarget], _ size: CloudRequestSize) -> [CloudTarget] {
        guard budgets.order == .cheapest, targets.count > 1 else { return targets }
        let byPrice = targets.enumerated().map { (price: $1.prices?.worst(of: size) ?? 0, place: $0) }
        return byPrice.sorted { $0 < $1 }.map { targets[$0.place] }
    }

    private mutating func reserve(
        _ target: CloudTarget, service: String, _ size: CloudRequestSize, at now: Time
    ) -> Result<CloudReservation, CloudRefusal> {
        if budgets.localOnly.contains(service) { return .failure(.localOnly) }
        if let seconds = breakers[target.upstream.name]?.wait(at: now) {
            return .failure(.unavailable(upstream: target.upstream.name, seconds: seconds))
        }
        let worst = target.prices?.worst(of: size) ?? 0
        let own = budgets.services[service] ?? .init()
        let time = self.time.wallSeconds
        guard spending.reserve(worst, for: service, at: time, total: budgets.total, service: own) else {
            let seconds = spending.wait(
                toReserve: worst, for: service, at: time, total: budgets.total, service: own)
            return .failure(.budgetSpent(seconds: seconds))
        }
        return .success(CloudReservation(target: target, service: service, amount: worst, time: time))
    }

    /// The request is about to be sent: it may be the trial of an upstream that was not well, and what is set aside for
    /// it must outlive a crash (`SpendingFile.kept`). Those that stay at the edge cost no write.
    mutating func willSend(_ reservation: CloudReservation, at now: Time) {
        breakers[reservation.target.upstream.name]?.willAsk(at: now)
        if reservation.amount > 0 { file.note(spending) }
    }

    /// The request has ended.
    ///
    /// - Parameter spent: what it has cost; nil where it was never sent. More than was set aside, where an upstream
    ///   does not keep to
    ///   the bounds that it was given: that counts as well.
    mutating func settle(_ reservation: CloudReservation, spent: Double?) {
        guard reservation.amount > 0 || (spent ?? 0) > 0 else { return }
        spending.settle(
            reserved: reservation.amount, spent: spent ?? 0, for: reservation.service,
            reservedAt: reservation.time)
        if spent != nil { file.note(spending) }
    }

    /// Ember ends: nothing is set aside any more.
    func close() async {
        if !spending.isEmpty { file.note(spending) }
        // Why it is not, the log says already.
        try? await file.kept()
    }

    /// Whether the upstream is disabled now, also for requests that have money set aside for it.
    func isOpen(_ target: CloudTarget, at now: Time) -> Bool { breakers[target.upstream.name]?.wait(at: now) != nil }

    /// - Parameter why: what a failure was, for messages.
    mutating func note(_ upstream: String, _ failure: Breaker.Failure?, _ why: String? = nil, at now: Time) {
        var breaker = breakers[upstream] ?? Breaker()
        if let failure { breaker.fail(failure, at: now) } else { breaker.succeed() }
        breakers[upstream] = breaker
        if breaker.failures == 0 { lastFailures[upstream] = nil } else if let why { lastFailures[upstream] = why }
    }

    /// A failure that may be the request's own.
    ///
    /// - Returns: whether the upstream is to be blamed.
    mutating func suspect(_ upstream: String, _ failure: Suspicion.Case, at now: Time) -> Bool {
        breakers[upstream, default: Breaker()].suspect(failure, at: now)
    }

    /// What may be spent in all.
    var totalBudget: Spending.Budget { budgets.total }

    /// For /ember/v1/state.
    func view(at now: Time) -> CloudView {
        let spent = spending.spent(at: self.time.wallSeconds)
        return CloudView(
            spentToday: spent.day, spentThisMonth: spent.month, setAside: spending.held,
            dayLimit: budgets.total.day, monthLimit: budgets.total.month,
            upstreams: breakers.sorted { $0.key < $1.key }.map { name, breaker in
                .init(
                    name: name, failures: breaker.failures, failure: lastFailures[name],
                    retrySeconds: breaker.wait(at: now))
            })
    }
}

/// Why a request may not go to the cloud now.
enum CloudRefusal: Error, Sendable, Equatable {
    case localOnly
    case unavailable(upstream: String, seconds: Double)
    case budgetSpent(seconds: Double)

    /// As errors and decisions name it.
    var code: String {
        switch self {
        case .localOnly: "local_only"
        case .unavailable: "upstream_unavailable"
        case .budgetSpent: "budget_spent"
        }
    }
}

/// Money that is set aside for one request.
struct CloudReservation: Sendable {
    let target: CloudTarget
    let service: String
    let amount: Double
    /// In seconds since 1970.
    let time: Double
}

/// How large a request is, for what it can cost at most.
public struct CloudRequestSize: Sendable {
    /// See `TokenBounds.upper`.
    public var mostInputTokens: Int
    /// The body refers to what is not in it, such as a picture's address.
    public var refersElsewhere: Bool
    /// The most tokens that may be answered with; nil: the request does not say.
    public var maxTokens: Int?
    /// How many answers are asked for.
    public var answers: Int

    public init(mostInputTokens: Int = 0, maxTokens: Int? = nil, answers: Int = 1, refersElsewhere: Bool = false) {
        self.mostInputTokens = mostInputTokens
        self.refersElsewhere = refersElsewhere
        self.maxTokens = maxTokens
        self.answers = answers
    }
}

/// What an upstream asks for tokens.
public struct TokenPrices: Sendable, Equatable {
    /// Money for a million tokens.
    public var input: Double
    public var output: Double
    /// What a request that does not say may be answered with at most, in tokens; Ember says it to the upstream.
    public var maxTokens: Int
    /// What a prompt can come to at most of which not all is in the request, in tokens.
    public var maxInputTokens: Int

    public init(input: Double, output: Double, maxTokens: Int, maxInputTokens: Int = 128_000) {
        self.input = input
        self.output = output
        self.maxTokens = maxTokens
        self.maxInputTokens = maxInputTokens
    }

    func worst(of size: CloudRequestSize) -> Double {
        // In floating point: a request may name any number.
        let prompt = Double(size.mostInputTokens) + (size.refersElsewhere ? Double(maxInputTokens) : 0)
        return price(input: prompt, output: Double(size.maxTokens ?? maxTokens) * Double(size.answers))
    }

    func price(input: Int, output: Int) -> Double { price(input: Double(input), output: Double(output)) }

    func price(input: Double, output: Double) -> Double { (input * self.input + output * self.output) / 1_000_000 }
}

/// What may be spent in the cloud, and by whom nothing may be sent there.
public struct CloudBudgets: Sendable {
    var total = Spending.Budget()
    var services: [String: Spending.Budget] = [:]
    var localOnly: Set<String> = []
    /// Which of several upstreams is asked first.
    public var order = UpstreamOrder.listed

    public init() {}

    /// - Parameter service: nil: all together. Money a day and a month; nil: no bound.
    public mutating func limit(_ service: String?, day: Double?, month: Double?) {
        let budget = Spending.Budget(day: day, month: month)
        if let service { services[service] = budget } else { total = budget }
    }

    /// Requests of the service are never sent to the cloud.
    public mutating func keepLocal(_ service: String) { localOnly.insert(service) }
}
