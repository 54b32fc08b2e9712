import EmberCore
import EmberModels

/// What is known of the memory that a model's engine takes.
struct MemoryView {
    /// As its process was last measured; nil: not in this life.
    let measured: Bytes?
    /// What earlier lives have left; nil: nothing.
    let learnt: Footprint?
}
