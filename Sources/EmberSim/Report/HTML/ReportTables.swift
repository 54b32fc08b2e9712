/// All figures of a comparison: a row a policy, published figures below ours.
struct ComparisonTable {
    let comparison: Comparison

    var html: String {
        let head = comparison.measures.map { "<th scope=\"col\">\($0.label)</th>" }.joined()
        let rows = comparison.rows.map { row in
            own(row) + (comparison.published.first { $0.policy == row.policy }.map(published) ?? "")
        }
        let deviation = comparison.seeds > 1 ? ", mean ± standard deviation over the seeds" : ""
        return """
            <div class="scroll" tabindex="0"><table>
            <caption>\(Markup.escaped(comparison.title))\(deviation)</caption>
            <thead><tr><th scope="col">policy</th>\(head)</tr></thead>
            <tbody>
            \(rows.joined())</tbody>
            </table></div>

            """
    }

    private func own(_ row: ComparisonRow) -> String {
        let name = Markup.escaped(row.policy)
        let cells = comparison.measures.map { measure in
            guard row.has(measure) else { return "<td></td>" }
            let mean = Markup.figure(row.mean(measure), measure.text(row.mean(measure)))
            let isBest = comparison.rows.count > 1 && comparison.best(measure).contains(row.policy)
            let deviation = Markup.figure(row.deviation(measure), measure.text(row.deviation(measure)))
            return "<td>" + (isBest ? "<strong>\(mean)</strong>" : mean)
                + (row.deviationIsKnown ? " <span>± \(deviation)</span></td>" : "</td>")
        }
        return "<tr data-policy=\"\(name)\"><th scope=\"row\">\(name)</th>\(cells.joined())</tr>\n"
    }

    private func published(_ row: PublishedRow) -> String {
        let cells = comparison.measures.map { measure in
            "<td>" + (row.figures[measure].map { Markup.figure($0, measure.text($0)) } ?? "") + "</td>"
        }
        return "<tr class=\"published\"><th scope=\"row\">published</th>\(cells.joined())</tr>\n"
    }
}

/// The system costs of a sweep: a row a point, a column a policy.
struct SweepTable {
    let results: Results

    var html: String {
        let header = results.header
        let keys = header.variations.map { "<th scope=\"col\">\(Markup.escaped($0.key))</th>" }.joined()
        let policies = header.policies.map { "<th scope=\"col\">\(Markup.escaped($0))</th>" }.joined()
        let rows = results.comparisons.enumerated().map { point, comparison in
            let values = header.grid.settings(of: point).map { "<th scope=\"row\">\(Markup.escaped($0.value))</th>" }
            return "<tr>" + values.joined() + comparison.rows.map { cell($0, comparison) }.joined() + "</tr>\n"
        }
        let interval = header.seeds.count > 1 ? ", mean ± 95 % confidence interval over the seeds" : ""
        return """
            <div class="scroll" tabindex="0"><table>
            <caption>\(Markup.escaped(results.comparison.title)): system cost\(interval)</caption>
            <thead><tr>\(keys)\(policies)</tr></thead>
            <tbody>
            \(rows.joined())</tbody>
            </table></div>

            """
    }

    private func cell(_ row: ComparisonRow, _ comparison: Comparison) -> String {
        let measure = Measure.systemCost
        let mean = Markup.figure(row.mean(measure), measure.text(row.mean(measure)))
        let isBest = comparison.rows.count > 1 && comparison.best(measure).contains(row.policy)
        let interval = row.interval(measure).map { " <span>± \(Markup.figure($0, measure.text($0)))</span>" }
        return "<td>" + (isBest ? "<strong>\(mean)</strong>" : mean) + (interval ?? "") + "</td>"
    }
}
