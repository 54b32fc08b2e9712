import EmberCore
import EmberStore
import Foundation

/// The store once more: a plain array, everything computed each time, written from what `docs/context.md` promises.
struct PlainStore {
    struct Entry {
        /// Where it stands in the order of adding; the store's own id is not known here.
        let number: Int
        let tenant: String
        var content: DemonstrationContent
    }

    let limits: StoreLimits
    private(set) var entries: [Entry] = []
    private(set) var waiting: [(DemonstrationContent, tenant: String)] = []
    private var nextNumber = 0

    init(limits: StoreLimits) { self.limits = limits }

    // MARK: Changes

    mutating func learn(_ content: DemonstrationContent, _ tenant: String) { waiting.append((content, tenant)) }

    mutating func settle() {
        let firstNew = nextNumber
        for (content, tenant) in waiting { insert(content, tenant) }
        waiting = []
        _ = keepQuotas(firstNew)
    }

    /// What the store throws, if it throws.
    mutating func add(_ content: DemonstrationContent, _ tenant: String) -> StoreError? {
        settle()
        let before = self
        let firstNew = nextNumber
        guard insert(content, tenant) else { return .alreadyThere(request: content.request, service: content.service) }
        guard keepQuotas(firstNew) else {
            self = before
            return .noRoom(demonstrations: 1)
        }
        return nil
    }

    /// How many of the new ones were refused.
    mutating func importAll(_ contents: [DemonstrationContent], _ tenant: String) -> Int {
        settle()
        let before = self
        let firstNew = nextNumber
        for content in contents { insert(content, tenant) }
        let added = nextNumber - firstNew
        if keepQuotas(firstNew) { return 0 }
        let kept = entries.count { $0.number >= firstNew }
        self = before
        return added - kept
    }

    mutating func edit(_ number: Int, _ change: (inout DemonstrationContent) -> Void) {
        for index in entries.indices where entries[index].number == number { change(&entries[index].content) }
        _ = keepQuotas(Int.max)
    }

    mutating func rate(_ request: String, _ tenant: String, _ quality: Double?) -> Int {
        var rated = 0
        for index in entries.indices where entries[index].tenant == tenant && entries[index].content.request == request
        {
            entries[index].content.quality = quality
            rated += 1
        }
        return rated
    }

    mutating func remove(where isGone: (Entry) -> Bool) -> Int {
        let before = entries.count
        entries.removeAll(where: isGone)
        return before - entries.count
    }

    // MARK: Questions

    /// The oldest first.
    func entries(of scope: DemonstrationScope) -> [Entry] {
        entries.filter { entry in
            entry.tenant == scope.tenant && entry.content.service == scope.service
                && (scope.model == nil || entry.content.model == nil || entry.content.model == scope.model)
        }
    }

    func cosines(to vector: Embedding, of scope: DemonstrationScope) -> [Int: Double] {
        func length(_ numbers: [Float]) -> Double { numbers.map { Double($0) * Double($0) }.reduce(0, +).squareRoot() }
        var cosines: [Int: Double] = [:]
        for entry in entries(of: scope) {
            guard let own = entry.content.embedding, own.embedder == vector.embedder,
                own.vector.count == vector.vector.count
            else { continue }
            let product = zip(own.vector, vector.vector).map { Double($0) * Double($1) }.reduce(0, +)
            cosines[entry.number] = product / length(own.vector) / length(vector.vector)
        }
        return cosines
    }

    func bytes(of entry: Entry) -> Int {
        let content = entry.content
        let counts = content.tokens.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(
            separator: ",")
        let texts = [content.prompt, content.result, content.request, content.model ?? ""].map(\.utf8.count).reduce(
            0, +)
        let vector = content.embedding.map { 4 * $0.vector.count + $0.embedder.utf8.count } ?? 0
        return 256 + texts + vector + (content.tokens.isEmpty ? 0 : counts.utf8.count + 2)
    }

    // MARK: Rules

    @discardableResult
    private mutating func insert(_ content: DemonstrationContent, _ tenant: String) -> Bool {
        let isKnown = entries.contains {
            $0.tenant == tenant && $0.content.service == content.service && $0.content.request == content.request
        }
        guard !isKnown else { return false }
        entries.append(Entry(number: nextNumber, tenant: tenant, content: content))
        nextNumber += 1
        return true
    }

    /// Whether all that are new were kept.
    private mutating func keepQuotas(_ firstNew: Int) -> Bool {
        var keptAll = true
        for scope in Set(entries.map { DemonstrationScope(tenant: $0.tenant, service: $0.content.service) }) {
            while isOver(scope) {
                let worst = entries(of: scope).min { order($0, firstNew) < order($1, firstNew) }
                guard let worst else { break }
                keptAll = keptAll && worst.number < firstNew
                entries.removeAll { $0.number == worst.number }
            }
        }
        return keptAll
    }

    private func isOver(_ scope: DemonstrationScope) -> Bool {
        let held = entries(of: scope)
        return held.count > limits.entriesPerService
            || held.map(bytes(of:)).reduce(0, +) > limits.bytesPerService.count
    }

    private func order(_ entry: Entry, _ firstNew: Int) -> (Int, Int, Double, Int) {
        let content = entry.content
        return (
            content.origin == .given ? 1 : 0, entry.number >= firstNew ? 1 : 0, content.quality ?? 0.5, entry.number
        )
    }
}
