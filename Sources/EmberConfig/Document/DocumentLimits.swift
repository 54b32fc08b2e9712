/// Bounds on what a file may ask of the reader; far above any sensible configuration.
enum DocumentLimits {
    static let bytes = 1_048_576
    /// Aliases counted each time they are used.
    static let nodes = 50_000
    static let depth = 32
    static let depthMessage = "more than \(depth) levels of lists and maps; use fewer"
    /// Keys written twice that are reported one by one.
    static let duplicates = 20
}
