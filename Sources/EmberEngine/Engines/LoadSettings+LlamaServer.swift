public import EmberModels

extension LoadSettings {
    /// What a llama-server that is started so is to be counted by: Ember's own flags, and what the operator's further
    /// ones change.
    public init(_ options: LlamaServerOptions, variables: [String: String] = [:]) {
        self.init(
            contextTokens: options.cacheTokens, parallelSlots: options.parallel, gpuLayers: options.gpuLayers,
            promptCacheBytes: options.promptCacheBytes, embeddings: options.embeddings,
            unifiedCache: !options.keepsNothing, contextCheckpoints: LlamaServerOptions.contextCheckpoints)
        slotTokens = options.slotTokens
        var variables = variables
        if options.embeddings {
            microBatchTokens = options.embeddingBatchTokens
            variables["LLAMA_ARG_UBATCH"] = nil
        }
        LlamaServerFlags(options.extraArguments, variables: variables).apply(to: &self)
    }
}
