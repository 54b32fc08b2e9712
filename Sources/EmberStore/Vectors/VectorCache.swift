import Synchronization

/// Which vectors a matrix in memory holds.
///
/// Names that look the same need not be the same: the database compares bytes, Swift's strings compare characters.
struct VectorKey: Hashable, Sendable {
    private let tenant: [UInt8]
    private let service: [UInt8]
    private let embedder: [UInt8]
    private let dimension: Int

    init(_ scope: DemonstrationScope, like embedding: Embedding) {
        tenant = Array(scope.tenant.utf8)
        service = Array(scope.service.utf8)
        embedder = Array(embedding.embedder.utf8)
        dimension = embedding.vector.count
    }

    /// Whether the matrix holds vectors such as this one.
    func isFor(_ embedding: Embedding) -> Bool {
        embedder.elementsEqual(embedding.embedder.utf8) && dimension == embedding.vector.count
    }
}

/// What a committed transaction means for the vectors in memory.
enum VectorChange: Sendable {
    case added(service: Int, id: Int, model: String?, Embedding)
    case removed(service: Int, id: Int)
    case serviceRemoved(Int)
}

/// The matrices of the services that were asked about last, up to a number of bytes.
///
/// Matrices are read and changed on the writer's thread alone, in the order of commits: so they always say what the
/// database does. Any thread may take a copy.
final class VectorCache: Sendable {
    private let limitBytes: Int
    private let state = Mutex(State())

    private struct State {
        var entries: [VectorKey: Entry] = [:]
        var uses = 0
    }

    private struct Entry {
        var matrix: VectorMatrix
        var lastUse: Int
    }

    init(limitBytes: Int) { self.limitBytes = limitBytes }

    func matrix(_ key: VectorKey) -> VectorMatrix? {
        state.withLock { state in
            state.uses += 1
            state.entries[key]?.lastUse = state.uses
            return state.entries[key]?.matrix
        }
    }

    /// Keeps a matrix, if it is not too large for the cache alone.
    func keep(_ matrix: VectorMatrix, as key: VectorKey) {
        state.withLock { state in
            state.uses += 1
            state.entries[key] = Entry(matrix: matrix, lastUse: state.uses)
            shrink(&state)
        }
    }

    func apply(_ changes: [VectorChange]) {
        guard !changes.isEmpty else { return }
        state.withLock { state in
            for change in changes { apply(change, &state) }
            shrink(&state)
        }
    }

    private func apply(_ change: VectorChange, _ state: inout State) {
        switch change {
        case .added(let service, let id, let model, let embedding):
            for key in keys(service, state) where key.isFor(embedding) {
                state.entries[key]?.matrix.append(id, model: model, embedding.vector)
            }
        case .removed(let service, let id):
            for key in keys(service, state) { state.entries[key]?.matrix.remove(id) }
        case .serviceRemoved(let service):
            for key in keys(service, state) { state.entries[key] = nil }
        }
    }

    private func keys(_ service: Int, _ state: State) -> [VectorKey] {
        state.entries.filter { $0.value.matrix.service == service }.map(\.key)
    }

    /// Drops what was not asked for longest until the rest fits.
    private func shrink(_ state: inout State) {
        var bytes = state.entries.values.reduce(0) { $0 + $1.matrix.bytes }
        while bytes > limitBytes, let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            bytes -= oldest.value.matrix.bytes
            state.entries[oldest.key] = nil
        }
    }
}
