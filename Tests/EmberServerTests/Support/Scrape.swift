import HummingbirdTesting
import Testing

@testable import EmberServer

/// What /metrics has said, by series.
struct Scrape {
    private var series: [(name: String, labels: Set<String>, value: Double)] = []
    /// Of the families that were described.
    private(set) var families: [String] = []

    init(_ text: String) throws {
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") { families.append(String(line.split(separator: " ")[2])) }
            guard !line.hasPrefix("#") else { continue }
            let end = try #require(line.lastIndex(of: " "))
            let value = try #require(Double(line[line.index(after: end)...]), "\(line)")
            let name = line[..<end].prefix { $0 != "{" }
            let labels = line[..<end].dropFirst(name.count + 1).dropLast()
            series.append((String(name), Set(labels.split(separator: ",").map(String.init)), value))
        }
    }

    /// The sum over the series of that name that have these labels, each as `name="value"`; nil: there is none.
    subscript(name: String, labels: String...) -> Double? {
        let found = series.filter { $0.name == name && $0.labels.isSuperset(of: labels) }
        return found.isEmpty ? nil : found.reduce(0) { $0 + $1.value }
    }
}

extension TestClientProtocol {
    func scrape() async throws -> Scrape {
        let response = try await get("/metrics")
        #expect(response.status == .ok)
        return try Scrape(response.text)
    }
}
