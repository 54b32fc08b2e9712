/// Main memory that this process may use.
public struct SystemMemory: Hashable, Sendable {
    /// Bytes of RAM, or of the control group's limit when that is lower (a container, a systemd unit).
    public let totalBytes: Int
    /// Bytes that can be allocated without swapping: free memory and page cache that can be dropped.
    public let availableBytes: Int

    /// Reads both figures now; nil when the operating system does not give them. A few file reads, under 1 ms.
    public static func current() -> SystemMemory? {
        #if os(Linux)
            return read(procRoot: "/proc", cgroupRoot: "/sys/fs/cgroup")
        #else
            return readDarwin()
        #endif
    }
}
