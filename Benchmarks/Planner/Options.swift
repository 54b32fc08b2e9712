/// What the benchmark was asked for on its command line.
struct Options {
    var isQuick = false
    var jsonFile: String?
    /// The one policy to drive, under a profiler.
    var only: String?

    static let usage = """
        usage: planner-bench [--quick] [--json FILE] [--only POLICY]

        Measures the planner alone on one core and prints Markdown: requests a second, how that grows with the
        number of pairs, memory, decision times.

          --quick        small counts, to see that everything works; the figures mean nothing
          --json FILE    write the figures to FILE as well
          --only POLICY  drive one policy with 200,000 requests for 64 pairs and do nothing else: for a profiler
        """

    /// Nil where they ask for something that there is not.
    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            switch option {
            case "--quick": isQuick = true
            case "--json":
                guard let file = rest.popFirst() else { return nil }
                jsonFile = file
            case "--only":
                guard let policy = rest.popFirst() else { return nil }
                only = policy
            default: return nil
            }
        }
    }
}
