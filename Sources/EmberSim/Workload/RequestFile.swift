import EmberCore
import EmberDocument

/// Reads requests from CSV: a line "slot,service,model,requests", then one line for each batch.
struct RequestFile {
    /// What messages call the file.
    let source: String
    let catalogue: Catalogue
    let slots: Int

    private static let header = "slot,service,model,requests"
    private static let shownIssues = 20

    /// The requests; lines of the same slot and pair add up. The error has the first issues.
    func read(_ text: String) throws(ScenarioError) -> Workload {
        var counts = Array(repeating: [Int](repeating: 0, count: catalogue.pairCount), count: slots)
        var issues: [Issue] = []
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() where issues.count < Self.shownIssues {
            do throws(ScenarioError) {
                if index == 0 {
                    try checkHeader(line)
                } else if !line.isEmpty {
                    let (slot, pair, requests) = try batch(line, number: index + 1)
                    let (sum, isTooLarge) = counts[slot][pair.index].addingReportingOverflow(requests)
                    guard !isTooLarge else { throw error(index + 1, 1, "adds up to too many requests; use fewer") }
                    counts[slot][pair.index] = sum
                }
            } catch {
                issues += error.issues
            }
        }
        guard issues.isEmpty else { throw ScenarioError(issues: issues) }
        return Workload(
            slots: counts.map { slot in
                slot.enumerated().compactMap { $1 > 0 ? Batch(pair: PairID($0), count: $1) : nil }
            })
    }

    private func checkHeader(_ line: Substring) throws(ScenarioError) {
        guard line == Self.header else {
            throw error(1, 1, "is \(Quotation.of(String(line))); write \(Self.header) as the first line")
        }
    }

    private func batch(_ line: Substring, number: Int) throws(ScenarioError) -> (Int, PairID, Int) {
        let fields = line.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == 4 else {
            throw error(number, 1, "has \(fields.count) columns; write the four of \(Self.header)")
        }
        func column(_ index: Int) -> Int { line.distance(from: line.startIndex, to: fields[index].startIndex) + 1 }
        guard let slot = Int(fields[0]), (0..<slots).contains(slot) else {
            throw error(number, 1, "\(shown(fields[0])) is no slot; write a number from 0 to \(slots - 1)")
        }
        let services = catalogue.services.map(\.name)
        guard let service = services.firstIndex(of: String(fields[1])) else {
            throw error(number, column(1), "\(shown(fields[1])) is no service; write one of \(list(services))")
        }
        let models = catalogue.models.map(\.name)
        guard let model = models.firstIndex(of: String(fields[2])) else {
            throw error(number, column(2), "\(shown(fields[2])) is no model; write one of \(list(models))")
        }
        guard let requests = Int(fields[3]), requests >= 0, requests <= 1_000_000_000 else {
            throw error(
                number, column(3), "\(shown(fields[3])) is no number of requests; write one from 0 to 1000000000")
        }
        return (slot, catalogue.pair(ServiceID(service), ModelID(model)), requests)
    }

    private func shown(_ field: Substring) -> String { Quotation.of(String(field)) }

    private func list(_ names: [String]) -> String {
        names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
    }

    private func error(_ line: Int, _ column: Int, _ message: String) -> ScenarioError {
        ScenarioError(Place(source: source, line: line, column: column), message)
    }
}
