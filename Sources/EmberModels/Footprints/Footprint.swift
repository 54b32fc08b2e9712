import EmberSystem
public import Foundation

/// Which file a measurement belongs to: a replaced or edited file is another one.
public struct ModelFileIdentity: Hashable, Sendable, Codable {
    public let path: String
    public let sizeBytes: Int
    /// Nanoseconds since 1970 of the last change.
    public let modificationTime: Int

    public init(path: String, sizeBytes: Int, modificationTime: Int) {
        self.path = path
        self.sizeBytes = sizeBytes
        self.modificationTime = modificationTime
    }

    /// The identity of the file that is at `path` now; nil when there is none.
    public init?(file path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        let (seconds, overflow) = Int(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        self.init(
            path: path, sizeBytes: Int(status.st_size),
            modificationTime: overflow ? Int(time.tv_sec) : seconds &+ Int(time.tv_nsec))
    }
}

/// What a model took under certain settings.
public struct Footprint: Hashable, Sendable, Codable {
    public let file: ModelFileIdentity
    /// The caller's text for the settings that decide memory.
    public let settings: String
    /// Bytes to expect of it while it runs nothing.
    public internal(set) var resting: Int
    /// Bytes to expect of each running request on top.
    public internal(set) var peak: Int
    /// The most that its last life was seen to take, in bytes.
    public internal(set) var most: Int
    /// When that life ended, in seconds since 1970; 0: unknown.
    public internal(set) var measured: Int
    /// Position in the order of updates, the oldest first.
    var order: Int

    /// The day and the minute, in UTC: "2026-11-29 14:03 UTC"; nil: unknown.
    public var measuredText: String? {
        measured > 0 ? Self.text(of: Date(timeIntervalSince1970: Double(measured))) : nil
    }

    public static func text(of date: Date) -> String {
        let text = date.ISO8601Format()
        return text.prefix(10) + " " + text.dropFirst(11).prefix(5) + " UTC"
    }

    var isInRange: Bool {
        (1...Clamped.ceiling).contains(resting)
            && [peak, most, measured, order].allSatisfy { (0...Clamped.ceiling).contains($0) }
    }
}

/// As version 1 of the file had it: one figure, the most that any life took.
struct SingleFootprint: Decodable {
    let file: ModelFileIdentity
    let settings: String
    let bytes: Int
    let order: Int

    var footprint: Footprint {
        Footprint(file: file, settings: settings, resting: bytes, peak: 0, most: bytes, measured: 0, order: order)
    }
}
