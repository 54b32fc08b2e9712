import BenchmarkSupport
import EmberContext
import EmberCore
import EmberServer
import EmberSystem
import Foundation
import Logging

/// An archive filled with conversations, and what its operations took.
struct StatesRun {
    let size: Int
    private(set) var saving = Times()
    private(set) var finding = Times()
    private(set) var starting = Times()
    private(set) var reading = Times()
    private(set) var recordBytes = 0
    private(set) var peak = 0.0

    private static let fit = "0123456789abcdef"
    private static let stateBytes = 4096
    private static let lookups = 10_000
    private static let starts = 5
    /// A conversation has a frame, a system prompt that 50 of its tenant's have in common, and messages.
    private static let (tenants, messages, conversationsOfAPrompt) = (4, 40, 50)
    private var lots = SeededGenerator(seed: 1)

    init(size: Int) { self.size = size }

    mutating func run(in folder: String) async throws {
        let keys = StateKeys()
        var archive = try open(folder, keys)
        for number in 0..<size { try await save(number, in: archive) }
        precondition(archive.size.count == size, "each conversation has a state of its own")
        for _ in 0..<Self.lookups { find(in: archive) }
        await archive.close()
        let records = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".meta") }
        for _ in 0..<Self.starts {
            let readingBegan = ContinuousClock.now
            recordBytes = read(records, in: folder) / size
            reading.add(readingBegan.duration(to: .now) / .seconds(1))
            let began = ContinuousClock.now
            archive = try open(folder, keys)
            starting.add(began.duration(to: .now) / .seconds(1))
            precondition(archive.size.count == size, "all states are there after a start")
            await archive.close()
        }
        peak = peakMebibytes()
    }

    private func open(_ folder: String, _ keys: StateKeys) throws -> StateArchive {
        try StateArchive(
            folder: folder, quota: 1 << 40, keys: keys, logger: Logger(label: "bench"), surroundings: .system)
    }

    private mutating func save(_ number: Int, in archive: StateArchive) async throws {
        guard let ticket = archive.beginSaving(prompt(number, messages: Self.messages), fitting: Self.fit) else {
            preconditionFailure("the folder cannot be written")
        }
        let file = URL(fileURLWithPath: archive.folder + "/" + ticket.part)
        try Data(repeating: 7, count: Self.stateBytes).write(to: file)
        try await saving.measure { _ = try await archive.finishSaving(ticket, tokens: 1000) }
    }

    /// A prompt that goes on with a conversation, one that branches off within it, or one that none begins with.
    private mutating func find(in archive: StateArchive) {
        let number = Int.random(in: 0..<size, using: &lots)
        let kind = Int.random(in: 0..<4, using: &lots)
        let prompt =
            switch kind {
            case 0: self.prompt(number, messages: Self.messages + 2)
            case 1: self.prompt(number, messages: Self.messages + 2, branchingAt: 20)
            case 2: self.prompt(number, messages: 3, branchingAt: 1)
            default: self.prompt(number + size, messages: Self.messages, branchingAt: 0)
            }
        let began = ContinuousClock.now
        let match = archive.match(for: prompt, fitting: Self.fit)
        finding.add(began.duration(to: .now) / .seconds(1))
        let expected = [102 + 100 * (Self.messages - 1), 102 + 100 * 19, 102, nil][kind]
        precondition(match?.sharedBytes == expected, "\(kind): \(String(describing: match?.sharedBytes))")
    }

    /// - Parameter branch: the message from which on it is another conversation than the one of its number.
    private func prompt(_ number: Int, messages: Int, branchingAt branch: Int = .max) -> SlotHolding {
        var marks: [PromptChain.Mark] = []
        for message in 0..<messages {
            let scope = message == 0 ? number / Self.conversationsOfAPrompt : number
            let isOther = message >= branch
            var digest = SeededGenerator(seed: UInt64(scope) << 20 | UInt64(message) << 1 | (isOther ? 1 : 0))
            let words = [digest.next(), digest.next()]
            marks.append(
                PromptChain.Mark(
                    digest: words.withUnsafeBytes { KeyedDigest($0) }, bytes: 102 + 100 * message))
        }
        let tenant = "tenant \(number / Self.conversationsOfAPrompt % Self.tenants)"
        return SlotHolding(
            owner: SlotOwner(tenant: tenant, service: "default"), prefix: "", chain: PromptChain(marks: marks))
    }

    /// What the machine takes for the least that a start must do.
    private func read(_ records: [String], in folder: String) -> Int {
        records.reduce(0) { sum, name in
            sum + ((try? SystemFiles().bytes(of: folder + "/" + name))?.count ?? 0)
        }
    }
}
