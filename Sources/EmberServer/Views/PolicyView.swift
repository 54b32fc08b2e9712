import EmberCore

/// The present policy, and those there are.
struct PolicyView: Encodable {
    let policy: String
    let policies = PolicyCatalog.all.map { Entry(name: $0.name, summary: $0.summary) }

    struct Entry: Encodable {
        let name: String
        let summary: String
    }
}
