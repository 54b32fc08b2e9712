import EmberConfig
import EmberContext
import EmberSystem
import Foundation
import Logging
import Testing

@testable import EmberServer

/// A folder of saved states with an archive in it, which may be closed and opened again.
final class StateStation {
    let files: TestFiles
    let keys: StateKeys
    let counting = ContextCounting()
    var surroundings = Surroundings.system
    var quota = 1 << 20
    var keep = StateKeep.unlimited
    var logger = quietLogger
    private(set) var archive: StateArchive!

    static let fit = "0123456789abcdef"

    var folder: String { files.path + "/kv" }
    var counters: StateCounters { counting.values.states }

    init(keys: StateKeys = StateKeys()) throws {
        self.keys = keys
        files = try TestFiles()
    }

    /// Closes the archive, where there is one, and takes in what it has left.
    @discardableResult
    func open(keys other: StateKeys? = nil) async throws -> StateArchive {
        await archive?.close()
        archive = try StateArchive(
            folder: folder, quota: quota, keys: other ?? keys, keep: keep, counting: counting, logger: logger,
            surroundings: surroundings)
        await archive.filesFollow()
        return archive
    }

    /// Chat messages as a slot holds them.
    func prompt(
        _ messages: String..., tenant: String = "ann", service: String = "s", variant: String = "", key: String = "k",
        keep: StateKeep = .unlimited
    ) throws -> SlotHolding {
        let list = messages.map { #"{"role":"user","content":"\#($0)"}"# }.joined(separator: ",")
        let bytes = Array(#"{"messages":[\#(list)]}"#.utf8)
        let body = try PromptBody(bytes, RequestShape(bytes, kind: .chat), key: keys.chain(of: tenant))
        return SlotHolding(
            owner: SlotOwner(tenant: tenant, service: service, variant: variant), prefix: "",
            chain: try #require(body).chain, terms: KeepTerms(key: key, keep: keep))
    }

    /// A prompt with demonstrations.
    func prefix(_ tenant: String, service: String = "s", prefix: String = "01") -> SlotHolding {
        SlotHolding(owner: SlotOwner(tenant: tenant, service: service, prefix: "p"), prefix: prefix)
    }

    /// Saves what an engine would write.
    @discardableResult
    func save(
        _ prompt: SlotHolding, bytes: Int = 100, tokens: Int = 50, fit: String = StateStation.fit,
        isShared: Bool = false
    ) async throws -> StateArchive.Entry {
        let saving = try #require(archive.beginSaving(prompt, fitting: fit, isShared: isShared))
        try write(saving, bytes: bytes)
        return try #require(try await archive.finishSaving(saving, tokens: tokens))
    }

    func write(_ saving: StateArchive.Saving, bytes: Int = 100) throws {
        try Data(repeating: 7, count: bytes).write(to: URL(fileURLWithPath: folder + "/" + saving.part))
    }

    func match(_ prompt: SlotHolding, fit: String = StateStation.fit) -> StateArchive.Match? {
        archive.match(for: prompt, fitting: fit)
    }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
    }

    func path(_ ending: String) throws -> String {
        folder + "/" + (try #require(names.first { $0.hasSuffix(ending) }))
    }
}
