import Foundation

/// What the kernel keeps of files in memory.
public enum PageCache {
    /// The share of the files' bytes, 0 to 1, that would not have to be read from the disk; nil where that cannot be
    /// seen.
    ///
    /// Maps the files and asks for their pages (`mincore`), without touching them: about a millisecond for each
    /// gigabyte.
    public static func cachedShare(ofFiles paths: [String]) -> Double? {
        var (pages, cached) = (0, 0)
        for path in paths {
            guard let file = cachedPages(ofFile: path) else { return nil }
            pages += file.of
            cached += file.cached
        }
        return pages > 0 ? Double(cached) / Double(pages) : nil
    }

    private static func cachedPages(ofFile path: String) -> (cached: Int, of: Int)? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_size > 0, isTold(of: status, path) else { return nil }
        let bytes = Int(status.st_size)
        guard let start = mmap(nil, bytes, PROT_READ, MAP_SHARED, file, 0), start != MAP_FAILED else { return nil }
        defer { munmap(start, bytes) }
        let pageBytes = sysconf(Int32(_SC_PAGESIZE))
        let pages = (bytes + pageBytes - 1) / pageBytes
        let residency = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: pages)
        defer { residency.deallocate() }
        guard ask(start, bytes, residency) else { return nil }
        return (residency.reduce(0) { $0 + Int($1 & 1) }, pages)
    }

    /// Whether Linux reports the truth: of another user's file that this process may not write, it says that all of it
    /// is in memory.
    private static func isTold(of status: stat, _ path: String) -> Bool {
        geteuid() == 0 || status.st_uid == geteuid() || access(path, W_OK) == 0
    }

    private static func ask(
        _ start: UnsafeMutableRawPointer, _ bytes: Int, _ residency: UnsafeMutableBufferPointer<UInt8>
    ) -> Bool {
        #if canImport(Darwin)
            return residency.withMemoryRebound(to: CChar.self) { mincore(start, bytes, $0.baseAddress) == 0 }
        #else
            return mincore(start, bytes, residency.baseAddress) == 0
        #endif
    }
}
