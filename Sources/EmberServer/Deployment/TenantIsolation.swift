/// What keeps tenants of one engine apart beside its slots: which flags would bring them together, and how an engine
/// whose slots Ember does not give is kept from telling one what another has asked.
enum TenantIsolation {
    /// Flags of llama-server that bring several tenants' prompts together, with what they do and what to do.
    private static let flags: [(names: [String], reason: String)] = [
        (["-np", "--parallel"], "would give llama-server other slots than Ember knows of; write parallel: N instead"),
        (["-cram", "--cache-ram", "--cache-idle-slots"], "would keep prompts of all tenants in one cache; remove it"),
        (["--slot-save-path"], "would take saved slots out of Ember's folder; write context.state_dir instead"),
        (["-lcd", "--lookup-cache-dynamic"], "would draft from what all tenants have asked; remove it"),
    ]

    /// What is wrong with a model's further flags where there are several tenants; nil: nothing.
    static func problem(in arguments: [String]) -> String? {
        for (index, argument) in arguments.enumerated() {
            // llama-server takes either.
            let name = String(argument.map { $0 == "_" ? "-" : $0 })
            if let flag = flags.first(where: { $0.names.contains(name) }) {
                return "args: \(name) \(flag.reason), or give all keys one tenant"
            }
            // All slots of such a server learn from each other.
            if name == "--spec-type", arguments.dropFirst(index + 1).first?.contains("ngram") == true {
                return "args: \(name) \(arguments[index + 1]) would draft from what all tenants have asked; remove it, "
                    + "or give all keys one tenant"
            }
        }
        return nil
    }

    /// Variables that make llama-server compute whole prompts unless a request says otherwise; other programs pass them
    /// over.
    static let withoutReuse = ["LLAMA_ARG_CACHE_PROMPT": "0", "LLAMA_ARG_CACHE_RAM": "0"]
}
