import EmberSystem

/// Bytes of the key/value cache and of recurrent state, layer by layer, as llama.cpp allocates them at start.
struct KeyValueCache {
    /// Bytes of each block, over all slots.
    let bytesPerLayer: [Int]
    /// Bytes of one slot's snapshot of what cannot be rolled back: sliding windows and recurrent state.
    let checkpointBytes: Int
    let layersWithCache: Int

    init(_ plan: LayerPlan, _ settings: LoadSettings) {
        let full = settings.cellsPerStream
        let window = Clamped.product(plan.window, settings.cache.isUnified ? settings.slots : 1)
        let slidingCells =
            settings.cache.keepsFullWindows
            ? full : Clamped.padded(min(full, Clamped.sum([window, settings.graphTokens])), to: 256)
        func attention(_ layer: LayerPlan.Layer, cells: Int) -> Int {
            let key = settings.cache.keyType.byteCount(elements: layer.keyElements) ?? Clamped.ceiling
            let value = settings.cache.valueType.byteCount(elements: layer.valueElements) ?? Clamped.ceiling
            return Clamped.product(Clamped.sum([key, value]), cells)
        }
        bytesPerLayer = plan.layers.map { layer in
            let cells = layer.sliding ? slidingCells : full
            return Clamped.sum([
                Clamped.product(attention(layer, cells: cells), settings.streams),
                Clamped.product(layer.stateElements, 4, settings.slots),
            ])
        }
        checkpointBytes = Clamped.sum(
            plan.layers.map { layer in
                let kept = layer.sliding ? attention(layer, cells: min(slidingCells, plan.window)) : 0
                return Clamped.sum([kept, Clamped.product(layer.stateElements, 4)])
            })
        layersWithCache = bytesPerLayer.count { $0 > 0 }
    }
}
