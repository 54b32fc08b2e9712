public import EmberEngine
public import EmberModels

/// What a model's header and its engine's settings say of what can be kept of prompts.
public struct StateTraits: Sendable, Hashable {
    /// Tokens that layers with a sliding window keep; nil: there are none, or they keep all.
    var window: Int?
    /// Layers that keep one state in place of all tokens, of how many.
    var recurrentLayers = 0
    var layers = 0
    /// The engine makes snapshots of what it cannot roll back.
    var hasSnapshots = true
    var hasProjector = false
    /// An engine with adapters drops what was restored at the first request of each slot after its start.
    var hasAdapters = false
    /// `--cache-reuse`: what a slot holds may not be what would have been computed.
    var shiftsPieces = false

    init() {}

    /// - Parameter header: nil where the file is not understood: then only the settings say something.
    public init(
        _ options: LlamaServerOptions, _ settings: LoadSettings, _ header: GGUFHeader?,
        variables: [String: String] = [:]
    ) {
        if let keeping = header?.keeping {
            window = settings.cache.keepsFullWindows ? nil : keeping.window
            (recurrentLayers, layers) = (keeping.recurrentLayers, keeping.layers)
        }
        hasSnapshots = settings.contextCheckpoints > 0
        hasProjector = options.mmproj != nil
        hasAdapters = !options.adapters.isEmpty
        shiftsPieces = LlamaServerFlags.shiftsPieces(options.extraArguments, variables: variables)
    }

    /// Whether a saved state is worth restoring, as far as the settings say.
    var savesStates: Bool { !hasAdapters && !shiftsPieces }

    private var rollsBack: Bool { window == nil && recurrentLayers == 0 }

    /// What one may expect before it is found out.
    public var expected: KeptStates {
        let inSlot: ReuseExtent = rollsBack ? .anywhere : hasSnapshots ? .lastMessage : .continuation
        // Snapshots are not saved.
        let restored: ReuseExtent = rollsBack ? .anywhere : recurrentLayers > 0 ? .continuation : .lastMessage
        return KeptStates(inSlot: inSlot, restored: savesStates ? restored : .nothing, tokens: 0)
    }

    /// What was found out with a short prompt, as it holds for long ones: before a window is full, the engine may be
    /// able to go back further than later, or not as far.
    func bounded(_ found: KeptStates) -> KeptStates {
        guard window != nil else { return found }
        var bounded = found
        bounded.inSlot = testedTokens(found) == nil ? min(found.inSlot, .lastMessage) : .lastMessage
        bounded.restored = found.restored.map { min($0, .lastMessage) }
        return bounded
    }

    /// Whether a saved state of that length is of use to a prompt that has another last message, as every prompt
    /// behind demonstrations has; true where that is not known, and the first restore will tell.
    ///
    /// - Parameter extent: what a prompt needs that differs in another way.
    func isWorthSaving(_ tokens: Int, _ found: KeptStates?, for extent: ReuseExtent = .lastMessage) -> Bool {
        guard savesStates else { return false }
        guard let found, let restored = found.restored else { return true }
        if let most = testedTokens(found), tokens > most { return true }
        return restored >= extent
    }

    /// Of how many tokens at most a saved state does what was found out; nil: of any number. A window that was not full
    /// says nothing of one that is.
    func testedTokens(_ found: KeptStates) -> Int? { window.flatMap { 1...$0 ~= found.tokens ? $0 : nil } }

    /// What bears on it, as texts for people.
    public var texts: [String] {
        var texts: [String] = []
        if let window { texts.append("a sliding window of \(window) tokens") }
        if recurrentLayers > 0 { texts.append("recurrent layers: \(recurrentLayers) of \(layers)") }
        if !rollsBack, !hasSnapshots { texts.append("no snapshots (--ctx-checkpoints 0)") }
        if hasProjector { texts.append("a projector (mmproj)") }
        if hasAdapters { texts.append("adapters (lora)") }
        if shiftsPieces { texts.append("--cache-reuse") }
        return texts
    }
}
