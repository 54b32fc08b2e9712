extension LlamaServerFlags {
    /// Whether llama-server puts a prompt together from pieces that it has computed at other places: what a slot then
    /// holds is near to what would have been computed, and not the same.
    public static func shiftsPieces(_ arguments: [String], variables: [String: String] = [:]) -> Bool {
        // The last one counts, and arguments count more than the variable.
        var size = variables["LLAMA_ARG_CACHE_REUSE"] ?? "0"
        for (index, argument) in arguments.enumerated() where name(of: argument) == "--cache-reuse" {
            size = index + 1 < arguments.count ? arguments[index + 1] : ""
        }
        return Int(size) != 0
    }
}
