extension LoadSettings {
    /// What Ember's own flags amount to; further flags of the operator are not understood, a declared size is.
    public init(_ options: LlamaServerOptions) {
        self.init(
            contextTokens: options.contextTokens, parallelSlots: options.parallel, gpuLayers: options.gpuLayers,
            promptCacheBytes: options.promptCacheBytes, embeddings: options.embeddings,
            contextCheckpoints: LlamaServerOptions.contextCheckpoints)
        if options.embeddings { microBatchTokens = options.embeddingBatchTokens }
    }
}
