import ArgumentParser
import EmberSim

/// What the figures of a scenario are fitted to.
struct FitGoalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Figures in which ours must come in the published order of the policies, separated by commas; or none.",
            valueName: "figures"))
    var orders = PublishedGoal.tableOrders.map(\.rawValue).joined(separator: ",")

    @Option(help: "By how much two neighbours of an order must differ: 0.02 is 2 percent.")
    var orderMargin = 0.0

    @Option(
        help: ArgumentHelp(
            "A varied key and the range of its plausible values; outside of it the error grows; may be repeated.",
            valueName: "key=low..high"))
    var plausible: [String] = []

    @Option(help: "Policies whose published figures are predicted instead of fitted to, separated by commas.")
    var leaveOut: String?

    var leftOut: Set<String> { Set((leaveOut ?? "").split(separator: ",").map(String.init)) }

    func validate() throws {
        guard (0...1).contains(orderMargin) else {
            throw ValidationError("--order-margin \(orderMargin): write a number from 0 to 1")
        }
    }

    func goal() throws -> PublishedGoal {
        let names = orders == "none" ? [] : orders.split(separator: ",").map(String.init)
        let measures = try names.map { name in
            guard let measure = Measure(rawValue: name), Measure.published.contains(measure) else {
                let known = Measure.published.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure("--orders \(name): no such figure; write some of \(known), or none")
            }
            return measure
        }
        let plausible = try CommandFailure.telling { () throws(ScenarioError) in
            try self.plausible.map { text throws(ScenarioError) in try FitRange(text, flag: "--plausible") }
        }
        return PublishedGoal(orders: measures, orderMargin: orderMargin, plausible: plausible, leftOut: leftOut)
    }
}
