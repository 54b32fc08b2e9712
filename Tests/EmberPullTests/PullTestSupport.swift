import Crypto
import EmberTestSupport
import Foundation
import Logging
import Synchronization
import Testing

@testable import EmberPull

let quietPullLogger = Logger(label: "pull-test") { _ in SwiftLogNoOpLogHandler() }

/// A GGUF file with one tensor, different at every place.
///
/// - Parameters:
///   - count: how long the file is.
///   - claimed: the bytes that its header says the tensor has more than the file.
///   - split: which part it is of a split model, from 1 on, and of how many.
func modelBytes(
    _ count: Int, seed: UInt64 = 1, claimed: Int = 0, split: (number: Int, count: Int)? = nil, tensors: Int? = nil
) -> [UInt8] {
    var writer = GGUFTestWriter()
    if let split {
        writer.entries = [
            ("split.no", .uint32(UInt32(split.number - 1))), ("split.count", .uint32(UInt32(split.count))),
            ("split.tensors.count", .uint32(UInt32(tensors ?? split.count))),
        ]
    }
    // Bytes, as type 24 (I8) has one for each element.
    let head = writer.bytes().count + 37
    let start = (head + 31) / 32 * 32
    let elements = count - start + claimed
    writer.tensors = [
        .init(name: "part\(split?.number ?? 0)", dimensions: [UInt64(max(0, elements))], type: 24, byteCount: 0)
    ]
    var state = seed
    let header = writer.bytes().prefix(head)
    return header + [UInt8](repeating: 0, count: start - head)
        + (start..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
}

func sha256(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
}

/// A models folder of a test, removed with the value.
final class PullFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("ember-pull-\(UUID())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    func bytes(_ name: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path + "/" + name).map { [UInt8]($0) }
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    /// A puller that does not wait long between attempts.
    func puller(
        environment: [String: String] = [:], change: (inout PullSettings) -> Void = { _ in }
    ) -> ModelPuller {
        var settings = PullSettings(environment: environment, surroundings: .system)
        settings.firstWait = .milliseconds(5)
        change(&settings)
        return ModelPuller(modelsDirectory: path, settings: settings, logger: quietPullLogger)
    }
}

/// Collects the progress reports of a pull.
final class PullReports: Sendable {
    private let all = Mutex<[PullProgress]>([])

    var reports: [PullProgress] { all.withLock { $0 } }
    var phases: [PullProgress.Phase] { reports.map(\.phase) }

    @Sendable func add(_ progress: PullProgress) { all.withLock { $0.append(progress) } }
}

/// The error of a pull, or nil when it succeeded.
func pullError(_ pull: () async throws(PullError) -> PulledModel) async -> PullError? {
    do {
        _ = try await pull()
        return nil
    } catch {
        return error
    }
}

/// Every message is one line without control characters.
func isOneLine(_ error: PullError?) -> Bool {
    guard let error else { return false }
    return !error.description.isEmpty && error.description.unicodeScalars.allSatisfy { $0.value >= 32 }
}

extension PullRequest {
    /// A request for an address of the loopback server.
    static func url(
        _ text: String, name: String? = nil, sha256: String? = nil, replacesExisting: Bool = false
    ) throws -> PullRequest {
        PullRequest(
            source: try PullSource(text), name: name, sha256: sha256, replacesExisting: replacesExisting)
    }
}
