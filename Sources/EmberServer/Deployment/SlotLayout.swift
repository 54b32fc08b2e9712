import Crypto
import EmberEngine
import EmberModels
import EmberSystem
import Foundation

/// The slots of a llama-server, and what their saved KV states fit.
public struct SlotLayout: Sendable {
    public let count: Int
    /// What one request may have, in tokens.
    public let windowTokens: Int
    /// What all slots may have together, in tokens; nil: each has a window of its own.
    public let poolTokens: Int?
    /// Whether several tenants use them, of whom none may meet what another has left.
    public let isShared: Bool
    /// Whether a saved state is worth restoring: an engine with adapters drops it at the first request after its start.
    public let keepsStates: Bool
    /// Tells states of other model files, builds or settings apart: they do not fit. Hexadecimal.
    public let identity: String

    init(
        count: Int, windowTokens: Int, poolTokens: Int? = nil, identity: String, isShared: Bool = false,
        keepsStates: Bool = true
    ) {
        self.count = count
        self.poolTokens = poolTokens
        self.isShared = isShared
        self.windowTokens = windowTokens
        self.keepsStates = keepsStates
        self.identity = identity
    }

    /// - Parameter settings: what the options come to.
    init(_ options: LlamaServerOptions, _ settings: LoadSettings, isShared: Bool) {
        self.isShared = isShared
        count = settings.parallelSlots
        windowTokens = settings.requestWindow
        poolTokens = settings.poolTokens
        keepsStates = options.adapters.isEmpty
        let parts =
            (options.weightFiles + [options.program] + options.adapters).map(Self.version)
            + [String(options.cacheTokens), String(options.parallel), options.extraArguments.joined(separator: " ")]
        identity = Digest.hex(parts, bytes: 8)
    }

    /// A file by its path and by what changes when it is replaced or written to, whatever time it is given then.
    private static func version(of path: String) -> String {
        guard let stamp = FileStamp(file: path) else { return path }
        return "\(path) \(stamp.inode) \(stamp.bytes) \(stamp.modified) \(stamp.changed)"
    }
}

/// Names from which their text cannot be guessed.
enum Digest {
    /// The first bytes of the SHA-256 of the parts, each told apart from the next, in hexadecimal.
    static func hex(_ parts: [String], bytes: Int) -> String {
        var hash = SHA256()
        for part in parts {
            withUnsafeBytes(of: UInt64(part.utf8.count).littleEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: Data(part.utf8))
        }
        return hash.finalize().prefix(bytes).map { String(format: "%02x", $0) }.joined()
    }
}
