import EmberSystem
import Foundation

/// What Ember's own process has, as the kernel says; nil: it does not.
struct ProcessFigures: Sendable {
    let openDescriptors: Int?
    let descriptorLimit: Int?
    let residentBytes: Int?

    /// As it is now. It reads files of the kernel: not on a connection's thread.
    init() {
        openDescriptors = OpenFiles.count
        descriptorLimit = OpenFiles.limit
        // The second figure is what is in memory, in pages.
        let pages = procText("/proc/self/statm")?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        residentBytes = pages.map { $0 * sysconf(Int32(_SC_PAGESIZE)) }
    }
}
