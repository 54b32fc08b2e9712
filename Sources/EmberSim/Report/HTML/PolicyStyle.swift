/// How the drawing tells policies apart: seven colours that stay apart for the colour-blind (after Okabe and Ito), and
/// beyond them dashes.
enum PolicyStyle {
    static func classes(_ policy: Int) -> String { "s s\(policy % 7) d\(policy / 7 % 3) p\(policy)" }

    static func legend(_ policies: [String]) -> String {
        Markup.legend(policies.enumerated().map { ($1, classes($0)) })
    }

    /// Pointing at a policy in a legend or a line fades all others of the same figure.
    static func highlighting(_ policies: Int) -> String {
        (0..<policies).map { policy in
            "figure:has(.p\(policy):hover) .s:not(.p\(policy)) { opacity: .12 }\n"
        }.joined()
    }
}
