import EmberDocument

/// An experiment as one self-contained page: no script, nothing from elsewhere, readable in light and dark.
struct HTMLReport {
    private let results: Results
    private let header: ExperimentHeader

    init(_ results: Results) {
        self.results = results
        header = results.header
    }

    var text: String {
        let title = Markup.escaped(header.scenario.name)
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <link rel="icon" href="data:,">
            <title>\(title): Ember</title>
            <style>
            \(HTMLStyle.sheet)\(PolicyStyle.highlighting(header.policies.count))</style>
            </head>
            <body>
            <header>
            <h1>\(title)</h1>
            <p>\(Markup.escaped(header.scenario.summary))</p>
            \(facts)</header>
            <main>
            \(header.isSweep ? sweep : comparison)</main>
            <footer>
            <p>Made by Ember \(Markup.escaped(header.version)) with</p>
            <pre><code>\(Markup.escaped(command))</code></pre>
            </footer>
            </body>
            </html>

            """
    }

    private var facts: String {
        let plain = [
            ("seeds", "\(header.seeds.count)"), ("policies", "\(header.policies.count)"),
            header.isSweep ? ("points", "\(header.points)") : ("slots", "\(header.scenario.slots)"),
        ]
        let all = plain + header.settings.map { ($0.key, $0.value) }
        let list = all.map { "<div><dt>\(Markup.escaped($0.0))</dt><dd>\(Markup.escaped($0.1))</dd></div>" }
        return "<dl>\(list.joined())</dl>\n"
    }

    private var comparison: String {
        let comparison = results.comparison
        let interval = header.seeds.count > 1 ? " Whiskers and ± are 95 % confidence intervals of the mean." : ""
        let published = comparison.published.isEmpty ? "" : " The thin bars are published figures."
        var text = Markup.section(
            "System cost", "Cost per slot, the sum of its terms; cheapest policy first.\(published)\(interval)",
            TermsPlot(comparison: comparison).figure)
        text += Markup.section(
            "Edge ratio", "The share of requests that ran at the edge; the cloud ran the others.",
            EdgeRatioPlot(comparison: comparison).figure)
        text += Markup.section(
            "Cost over time",
            "System cost per slot, the mean over \(comparison.seeds == 1 ? "one seed" : "\(comparison.seeds) seeds")"
                + "\(stretch), on a logarithmic scale. Point at a name or a line to see it alone.", costOverTime)
        text += residency
        return text
            + Markup.section(
                "All figures", "Costs are per slot, the average accuracy cost is per edge request.",
                ComparisonTable(comparison: comparison).html)
    }

    /// What a point of a plot over time stands for.
    private var stretch: String {
        header.scenario.slots > Recording.mostBins ? " and over stretches of \(slotsPerBin) slots" : ""
    }

    private var slotsPerBin: String {
        let bins = Recording.bins(slots: header.scenario.slots)
        return header.scenario.slots % bins == 0
            ? "\(header.scenario.slots / bins)" : "about \(header.scenario.slots / bins)"
    }

    private var costOverTime: String {
        let lines = results.recordings.map { recording in
            let width = Double(header.scenario.slots) / Double(recording.costs.count)
            return recording.costs.enumerated().map { LinePlot.Point(x: (Double($0) + 0.5) * width, y: $1) }
        }
        return LinePlot(
            title: "System cost per slot over time, a line for each policy", axis: "slot", policies: header.policies,
            lines: lines, isLogarithmic: true
        ).figure
    }

    private var residency: String {
        let shares = results.recordings.compactMap(\.residency)
        guard shares.count == header.policies.count, let seed = header.seeds.first else { return "" }
        return Markup.section(
            "Who was in memory", "Slots at whose end each instance was resident, with seed \(seed).",
            ResidencyPlot(
                policies: header.policies, instances: header.scenario.instances, slots: header.scenario.slots,
                shares: shares
            )
            .figure)
    }

    private var sweep: String {
        let plots = header.variations.indices.map { index in
            let plot = SweepPlot(results: results, variation: index)
            return Markup.section("System cost by \(header.variations[index].key)", plot.sentence, plot.figure)
        }
        return plots.joined()
            + Markup.section(
                "All points", "System cost per slot; the best policy of each point is bold.",
                SweepTable(results: results).html)
    }

    /// What makes the page again, from the scenario's folder.
    private var command: String {
        var words = ["ember", header.isSweep ? "sweep" : "compare", "--scenario", header.scenario.argument]
        for setting in header.settings { words += ["--set", setting.description] }
        for variation in header.variations {
            words += ["--vary", "\(variation.key)=\(variation.values.joined(separator: ","))"]
        }
        if header.seeds == (1...header.seeds.count).map(UInt64.init) {
            if header.policies != SimulatedPolicy.all.map(\.name) {
                words += ["--policies", header.policies.joined(separator: ",")]
            }
            words += ["--seeds", "\(header.seeds.count)"]
        } else {
            words[1] = "simulate"
            words += ["--policy", header.policies[0], "--seed", "\(header.seeds[0])"]
        }
        return (words + ["--format", "html", "--output", "report.html"]).map(Self.quoted).joined(separator: " ")
    }

    /// As a shell reads it.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || "0123456789_./:=,+-".unicodeScalars.contains($0)
        }
        return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
