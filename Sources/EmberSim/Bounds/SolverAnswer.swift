/// What the solver found.
struct SolverAnswer: Equatable {
    /// No solution of the program costs less, in its unit, up to the solver's tolerance (10^-6 of it).
    let bound: Double
    /// By stay, x of the best solution found.
    let residence: [Double]

    private static let goodStatuses: Set<Substring> = ["Optimal", "Solution limit reached"]

    /// Reads a solution file in HiGHS's own style and, for an integer program, the bound from the log.
    ///
    /// The answer is nil unless the status is a good one and everything needed is there.
    static func parse(
        _ solution: String, _ log: String, count: Int, isInteger: Bool
    ) -> (status: String, answer: SolverAnswer?) {
        let lines = solution.split(separator: "\n")
        guard lines.count > 1, lines[0] == "Model status" else { return ("", nil) }
        let status = lines[1]
        let bound =
            isInteger
            ? number(after: "Dual bound", in: log.split(separator: "\n")) : number(after: "Objective", in: lines)
        guard goodStatuses.contains(status), let bound, bound.isFinite,
            let residence = residence(lines, count: count)
        else { return (String(status), nil) }
        return (String(status), SolverAnswer(bound: bound, residence: residence))
    }

    private static func number(after label: String, in lines: [Substring]) -> Double? {
        for line in lines {
            let trimmed = line.drop { $0 == " " }
            guard trimmed.hasPrefix(label) else { continue }
            return Double(trimmed.dropFirst(label.count).drop { $0 == " " })
        }
        return nil
    }

    /// The values of x0, x1, ... among the columns; nil when one is missing.
    private static func residence(_ lines: [Substring], count: Int) -> [Double]? {
        guard let start = lines.firstIndex(where: { $0.hasPrefix("# Columns") }) else { return nil }
        var values = [Double?](repeating: nil, count: count)
        for line in lines[(start + 1)...] {
            if line.hasPrefix("#") { break }
            guard line.hasPrefix("x"), let space = line.firstIndex(of: " "),
                let index = Int(line[line.index(after: line.startIndex)..<space]), values.indices.contains(index)
            else { continue }
            values[index] = Double(line[line.index(after: space)...])
        }
        let known = values.compactMap { $0 }
        return known.count == count ? known : nil
    }
}
