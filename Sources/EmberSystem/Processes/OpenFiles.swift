import Foundation

/// How many descriptors this process may have open.
public enum OpenFiles {
    /// The soft limit that Ember was started with; engines get it back, as some expect it to be small.
    public static let inheritedLimit = limits().soft

    /// Raises the soft limit to the hard one.
    public static func raiseLimit() {
        _ = inheritedLimit
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(resource, &limit)
    }

    /// The soft limit as it is.
    public static var limit: Int { limits().soft }

    /// Descriptors that are open; nil where it is unknown. The limit, where none is left to look with.
    public static var count: Int? {
        guard let folder = opendir("/dev/fd") else { return errno == EMFILE ? limit : nil }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) {
            if entry.pointee.d_name.0 != CChar(bitPattern: UInt8(ascii: ".")) { count += 1 }
        }
        // Less the one that reads the folder.
        return count - 1
    }

    private static func limits() -> (soft: Int, hard: Int) {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return (1024, 1024) }
        return (Int(clamping: limit.rlim_cur), Int(clamping: limit.rlim_max))
    }

    #if os(Linux)
        private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let resource = RLIMIT_NOFILE
    #endif
}
