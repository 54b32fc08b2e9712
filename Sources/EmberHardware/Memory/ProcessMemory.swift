import Foundation

/// The memory of a process and all its descendants.
public struct ProcessMemory: Hashable, Sendable {
    /// Bytes: on Linux the sum of proportional set sizes, memory that is swapped out included (a page shared by n
    /// processes counts 1/n in each), on macOS of physical footprints.
    public let bytes: Int
    /// The most since the measurement before, where the kernel gives it; else the same.
    public let top: Int
    /// Processes that were counted, ascending; empty when the root is gone.
    public let pids: [Int32]

    /// Of one process.
    struct Part: Hashable {
        var bytes: Int
        var top: Int
    }

    /// Measures the tree below `root`; processes that end meanwhile are skipped.
    ///
    /// Blocks for about a millisecond per hundred megabytes mapped (the kernel walks the page tables), so keep it
    /// off the cooperative pool and out of tight loops. A process that belongs to another user counts with its
    /// resident set instead. The next measurement's `top` begins here.
    public static func ofTree(root: Int32) -> ProcessMemory {
        var (bytes, top) = (0, 0)
        var pids: [Int32] = []
        for pid in tree(root: root) {
            guard let own = ofProcess(pid) else { continue }
            bytes += own.bytes
            top += own.top
            pids.append(pid)
        }
        return ProcessMemory(bytes: bytes, top: top, pids: pids.sorted())
    }

    /// Breadth first over `children`; a pid is visited once, so a table read while it changes cannot make a loop.
    static func tree(root: Int32, children: (Int32) -> [Int32]) -> [Int32] {
        var seen: Set<Int32> = [root]
        var order = [root]
        var next = 0
        while next < order.count {
            for child in children(order[next]) where seen.insert(child).inserted { order.append(child) }
            next += 1
        }
        return order
    }
}
