import EmberContext

/// Saved conversations by what they begin with.
///
/// Each mark of a chain leads to the conversations that have it. A mark says all before it, so where a prompt's mark
/// leads nowhere, none of its later ones does: the longest beginning is found in O(log of the prompt's pieces), however
/// many conversations are saved.
struct ChainIndex: Sendable {
    /// One conversation at one of its marks.
    private struct Member: Sendable, Comparable {
        /// Of its whole chain.
        let bytes: Int
        let serial: Int

        static func < (one: Member, other: Member) -> Bool {
            (one.bytes, one.serial) < (other.bytes, other.serial)
        }
    }

    /// In order: first those that end at the mark, then those with the least behind it. Most marks have one.
    private enum Members: Sendable {
        case one(Member)
        case several([Member])

        var all: [Member] {
            switch self {
            case .one(let member): [member]
            case .several(let members): members
            }
        }

        var first: Member? {
            switch self {
            case .one(let member): member
            case .several(let members): members.first
            }
        }
    }

    private var members: [KeyedDigest: Members] = [:]

    var isEmpty: Bool { members.isEmpty }

    mutating func insert(_ chain: PromptChain, serial: Int) {
        let member = Member(bytes: chain.bytes, serial: serial)
        for mark in chain.marks where mark.bytes > 0 {
            switch members[mark.digest] {
            case nil: members[mark.digest] = .one(member)
            case .one(let other): members[mark.digest] = .several([min(member, other), max(member, other)])
            case .several(var others):
                // The dictionary's own copy must go before, or the array would be copied.
                members[mark.digest] = nil
                others.insert(member, at: Self.place(of: member, in: others))
                members[mark.digest] = .several(others)
            }
        }
    }

    mutating func remove(_ chain: PromptChain, serial: Int) {
        let member = Member(bytes: chain.bytes, serial: serial)
        for mark in chain.marks where mark.bytes > 0 {
            switch members[mark.digest] {
            case nil: break
            case .one(let other): if other == member { members[mark.digest] = nil }
            case .several(var others):
                members[mark.digest] = nil
                let place = Self.place(of: member, in: others)
                if place < others.count, others[place] == member { others.remove(at: place) }
                members[mark.digest] = others.count == 1 ? .one(others[0]) : .several(others)
            }
        }
    }

    /// The conversation that shares the longest beginning with the prompt; of several the one with the least behind it.
    func longest(for chain: PromptChain) -> (serial: Int, sharedBytes: Int)? {
        var (low, high) = (0, chain.marks.count)
        while low < high {
            let middle = (low + high + 1) / 2
            let mark = chain.marks[middle - 1]
            // Without tools the frame is empty, which all have in common.
            if mark.bytes == 0 || members[mark.digest] != nil { low = middle } else { high = middle - 1 }
        }
        guard low > 0, let first = members[chain.marks[low - 1].digest]?.first else { return nil }
        return (first.serial, chain.marks[low - 1].bytes)
    }

    /// The conversations that the chain goes on with, or is.
    func beginnings(of chain: PromptChain) -> [Int] {
        chain.marks.flatMap { mark in
            (members[mark.digest]?.all ?? []).prefix { $0.bytes == mark.bytes }.map(\.serial)
        }
    }

    private static func place(of member: Member, in members: [Member]) -> Int {
        var (low, high) = (0, members.count)
        while low < high {
            let middle = (low + high) / 2
            if members[middle] < member { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
