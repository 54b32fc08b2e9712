import Crypto
public import EmberEngine
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
    /// What can be kept of prompts, as far as header and settings say.
    public let traits: StateTraits
    /// The model's file and what its engine is started with besides, for people.
    let source: StateSource
    /// Tells states of other model files, builds or settings apart: they do not fit. Hexadecimal.
    public let identity: String

    init(
        count: Int, windowTokens: Int, poolTokens: Int? = nil, identity: String, isShared: Bool = false,
        traits: StateTraits = StateTraits()
    ) {
        self.count = count
        self.poolTokens = poolTokens
        self.isShared = isShared
        self.windowTokens = windowTokens
        self.traits = traits
        source = StateSource()
        self.identity = identity
    }

    /// - Parameters:
    ///   - settings: what the options come to.
    ///   - header: nil where the file is not understood.
    ///   - variables: of the engine's environment, which set flags.
    init(
        _ options: LlamaServerOptions, _ settings: LoadSettings, _ header: GGUFHeader?, variables: [String: String],
        isShared: Bool
    ) {
        self.isShared = isShared
        count = settings.parallelSlots
        windowTokens = settings.requestWindow
        poolTokens = settings.poolTokens
        traits = StateTraits(options, settings, header, variables: variables)
        source = StateSource(options)
        let parts =
            (options.weightFiles + [options.program] + options.adapters).map(Self.version)
            + [String(options.cacheTokens), String(options.parallel), options.extraArguments.joined(separator: " ")]
            + variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        identity = Digest.hex(parts, bytes: 8)
    }

    /// Whether the pool cannot hold all slots at their longest.
    var isScarce: Bool { poolTokens.map { $0 < Clamped.product(windowTokens, count) } ?? false }

    /// A file by its path and by what changes when it is replaced or written to, whatever time it is given then.
    private static func version(of path: String) -> String {
        guard let stamp = FileStamp(file: path) else { return path }
        return "\(path) \(stamp.inode) \(stamp.bytes) \(stamp.modified) \(stamp.changed)"
    }
}

/// What an engine's states belong to, as a person knows it.
public struct StateSource: Codable, Sendable, Hashable {
    /// nil: there is no such file.
    var model: ModelFileIdentity?
    /// What its engine is started with besides: projector, adapters and further flags.
    var flags: [String] = []

    init() {}

    public init(_ options: LlamaServerOptions) {
        model = ModelFileIdentity(file: options.modelPath)
        flags =
            (options.mmproj.map { ["--mmproj", $0] } ?? []) + options.adapters.flatMap { ["--lora", $0] }
            + options.extraArguments
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
