/// Bounds on what a file may ask of the reader; far above any sensible configuration.
package enum DocumentLimits {
    package static let bytes = 1_048_576
    /// Aliases counted each time they are used.
    package static let nodes = 50_000
    package static let depth = 32
    package static let depthMessage = "more than \(depth) levels of lists and maps; use fewer"
    /// Keys written twice that are reported one by one.
    package static let duplicates = 20
}
