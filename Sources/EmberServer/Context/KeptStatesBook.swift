public import EmberSystem
import Foundation
public import Logging
import Synchronization

/// What was found out of engines' states: once for each model file, build and flags, from run to run.
///
/// It is in `kept_states.json` of the state folder, which is replaced as a whole. What cannot be read is moved aside,
/// and found out again.
public final class KeptStatesBook: Sendable {
    /// What was found out of one engine.
    public struct Entry: Codable, Sendable, Hashable {
        /// Of its slots.
        let identity: String
        let source: StateSource
        public let states: KeptStates
    }

    private struct State {
        /// The oldest first.
        var entries: [Entry] = []
        /// By identity, how often it was tried in this run.
        var tries: [String: Int] = [:]
        var underWay: Set<String> = []
    }

    private struct Document: Codable {
        var version = 1
        var entries: [Entry]
    }

    static let fileName = "kept_states.json"
    /// Beyond, the oldest go, and are found out again.
    static let mostEntries = 256
    /// After this number of tries in one run it is given up for that run.
    static let mostTries = 20
    private static let mostBytes = 1 << 20

    /// Where it is written.
    private struct Place {
        let path: String
        let files: any FileSystem
        let queue: WorkQueue
        let logger: Logger
    }

    /// nil: nothing outlives this run.
    private let place: Place?
    private let state: Mutex<State>

    /// For one run alone.
    public init() {
        place = nil
        state = Mutex(State())
    }

    /// Reads what is there; blocks for one small file.
    public init(stateFolder: String, logger: Logger, surroundings: Surroundings) {
        let (path, files) = (stateFolder + "/" + Self.fileName, surroundings.files)
        place = Place(
            path: path, files: files, queue: surroundings.queue("ember.kept", isUrgent: false), logger: logger)
        var entries: [Entry] = []
        do throws(FileProblem) { entries = try Self.entries(in: stateFolder, files) } catch {
            let aside = files.moveAside(path).map { "; moved to \($0)" } ?? ""
            logger.warning("\(error): what engines keep of prompts is found out again\(aside)")
        }
        state = Mutex(State(entries: entries))
    }

    /// What is in the folder's file, the oldest first; changes nothing.
    ///
    /// - Throws: where the file is not what Ember writes.
    public static func entries(in stateFolder: String, _ files: any FileSystem) throws(FileProblem) -> [Entry] {
        let path = stateFolder + "/" + fileName
        guard files.isThere(path) else { return [] }
        let data = try files.bytes(of: path, upTo: mostBytes + 1)
        guard data.count <= mostBytes, let document = try? JSONDecoder().decode(Document.self, from: data),
            document.version == 1
        else { throw FileProblem(description: "\(path) is not what this Ember writes") }
        return Array(document.entries.suffix(mostEntries))
    }

    /// What was found out of an engine that is started so; nil: nothing yet.
    subscript(identity: String) -> KeptStates? {
        state.withLock { $0.entries.last { $0.identity == identity }?.states }
    }

    /// Begins to find it out.
    ///
    /// - Returns: false where that is known, under way, or was tried too often.
    func begin(_ identity: String) -> Bool {
        state.withLock { state in
            guard !state.entries.contains(where: { $0.identity == identity }),
                state.tries[identity, default: 0] < Self.mostTries
            else { return false }
            return state.underWay.insert(identity).inserted
        }
    }

    /// It was tried, or could not be.
    func end(_ identity: String, tries: Int) {
        state.withLock { state in
            state.underWay.remove(identity)
            if tries > 0 { state.tries[identity, default: 0] += tries }
        }
    }

    /// Takes it in, and has it written soon.
    func note(_ states: KeptStates, of layout: SlotLayout) {
        let entry = Entry(identity: layout.identity, source: layout.source, states: states)
        state.withLock { state in
            state.entries.removeAll { $0.identity == entry.identity }
            state.entries = Array((state.entries + [entry]).suffix(Self.mostEntries))
        }
        place?.queue.begin { self.write() }
    }

    private func write() {
        let entries = state.withLock { $0.entries }
        guard let place, let data = try? JSONEncoder().encode(Document(entries: entries)) else { return }
        do throws(FileProblem) { try place.files.replace(place.path, with: data) } catch {
            place.logger.warning("what engines keep of prompts is not written down: \(error)")
        }
    }
}

extension KeptStatesBook.Entry {
    /// Whether it is of the model's file as it now is, and of an engine that is started with the same flags.
    public func isOf(_ source: StateSource) -> Bool { self.source == source && source.model != nil }
}
