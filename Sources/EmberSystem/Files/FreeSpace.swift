import Foundation

/// Free space of file systems.
public enum FreeSpace {
    /// Bytes that an ordinary user may still write to the directory's file system; nil when the system does not say.
    public static func bytes(in directory: String) -> Int? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        let (bytes, overflow) = Int(status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize))
        return overflow ? Int.max : bytes
    }
}
