import Foundation

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

/// What a model took under certain settings, followed over many measurements.
///
/// A larger measurement is taken at once: too small an estimate overfills the memory. A smaller one moves the figure
/// down by an eighth of the difference, so that one idle moment does not undo what a full context has shown, and the
/// figure cannot swing between two levels: after n measurements at a lower level the excess is (7/8)^n of what it was
/// (half after 5, a tenth after 17).
public struct Footprint: Hashable, Sendable, Codable {
    public let file: ModelFileIdentity
    /// The caller's text for the settings that decide memory.
    public let settings: String
    public internal(set) var bytes: Int
    /// Position in the order of updates, the oldest first.
    var order: Int

    mutating func follow(measuredBytes: Int) {
        if measuredBytes >= bytes {
            bytes = measuredBytes
        } else {
            // At least one byte, so that the end is reached.
            bytes -= max(1, (bytes - measuredBytes) / 8)
        }
    }
}
