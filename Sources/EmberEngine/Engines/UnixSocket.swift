import Foundation

/// What lies at the path of a Unix socket.
public enum UnixSocket {
    public enum State: Sendable, Equatable {
        case missing
        /// A socket on which nothing listens any more.
        case stale
        /// A socket on which a process listens; its id, where the system gives it.
        case live(process: Int32?)
        /// Something else than a socket: its description, such as "a folder".
        case other(String)
        /// It cannot be looked at, or connected to, for that reason.
        case unknown(String)
    }

    /// Looks, and connects where there is a socket; does not wait.
    public static func state(of path: String) -> State {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT ? .missing : .unknown(reason(errno)) }
        switch status.st_mode & S_IFMT {
        case S_IFSOCK: return connecting(to: path)
        case S_IFREG: return .other("a file")
        case S_IFDIR: return .other("a folder")
        case S_IFLNK: return .other("a symbolic link")
        default: return .other("a device or a pipe")
        }
    }

    private static func connecting(to path: String) -> State {
        #if os(Linux)
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { return .unknown(reason(errno)) }
        defer { close(descriptor) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            return .unknown("its path is too long")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let result = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result != 0 else { return .live(process: peer(of: descriptor)) }
        switch errno {
        case ECONNREFUSED: return .stale
        case ENOENT: return .missing
        // It has more connections waiting than it takes at once.
        case EAGAIN, EINPROGRESS: return .live(process: nil)
        default: return .unknown(reason(errno))
        }
    }

    private static func peer(of descriptor: Int32) -> Int32? {
        #if os(Linux)
            // struct ucred: the process, its user and its group.
            var credentials: (Int32, UInt32, UInt32) = (0, 0, 0)
            var size = socklen_t(MemoryLayout.size(ofValue: credentials))
            guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else { return nil }
            return credentials.0 > 0 ? credentials.0 : nil
        #else
            return nil
        #endif
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
