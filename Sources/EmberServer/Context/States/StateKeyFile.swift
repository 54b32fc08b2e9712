import Crypto
public import EmberSystem
import Foundation
public import Logging

/// The secret behind `StateKeys`, in a file of the state folder, so that saved states are found after a restart.
///
/// The file has the secret and the beginning of its SHA-256: a torn file is known as such. Without the secret no saved
/// state can be found or named, so a file that cannot be used is replaced, and all saved states go at that start.
public struct StateKeyFile {
    static let name = "states.key"
    private static let sumBytes = 8

    private let path: String
    private let files: any FileSystem
    private let random: RandomSource
    private let logger: Logger

    public init(stateFolder: String, logger: Logger, _ surroundings: Surroundings) {
        path = stateFolder + "/" + Self.name
        self.logger = logger
        (files, random) = (surroundings.files, surroundings.random)
    }

    /// The keys, made where there are none. Blocks.
    ///
    /// A folder that cannot be written gives keys for this run alone: what is saved then is dropped at the next start.
    public func keys() -> StateKeys {
        assertMayBlock()
        do throws(FileProblem) {
            if let secret = try read() { return StateKeys(secret: secret) }
        } catch {
            logger.warning("a new key of saved KV states is made, and all saved states are dropped: \(error)")
        }
        let secret = random.words(StateKeys.secretBytes / 8).flatMap { word in withUnsafeBytes(of: word) { Array($0) } }
        do throws(FileProblem) { try files.replace(path, with: Data(secret) + Self.sum(of: secret)) } catch {
            logger.warning(
                "the key of saved KV states is not kept, so the next start drops those of this run: \(error)")
        }
        return StateKeys(secret: secret)
    }

    /// - Returns: nil where there is no file.
    private func read() throws(FileProblem) -> [UInt8]? {
        guard files.isThere(path) else { return nil }
        let bytes = try files.bytes(of: path, upTo: StateKeys.secretBytes + Self.sumBytes + 1)
        let secret = Array(bytes.prefix(StateKeys.secretBytes))
        guard secret.count == StateKeys.secretBytes, bytes.dropFirst(secret.count) == Self.sum(of: secret) else {
            throw FileProblem(description: "\(path) is torn, or no key of Ember's")
        }
        try? files.makePrivate(path)
        return secret
    }

    private static func sum(of secret: [UInt8]) -> Data { Data(SHA256.hash(data: secret).prefix(sumBytes)) }
}
