import GRDB

/// Chooses what quotas give up: what users gave last, then what came with this transaction, then by worth (quality; 0.5
/// where not judged), then the ones that came first, whatever their times say.
///
/// So newcomers push out older demonstrations of their kind but never each other, and a newcomer that could only be
/// stored in place of a given demonstration finds no room.
struct Eviction {
    let db: Database
    let limits: StoreLimits
    /// The first id that came with this transaction.
    let firstNew: Int

    struct Victim {
        let id: Int
        let service: Int
        let bytes: Int
    }

    /// The disk is emptied somewhat further than its quota, so that not every write has to make room.
    private static let shareKept = 255.0 / 256

    /// What a service holds over its quotas, the least valuable first; O(victims x log of the store).
    func victims(of service: Int) throws -> [Victim] {
        let usage = try ServiceRows(db: db).usage(of: service)
        return try victims(
            of: service, entries: usage.entries - limits.entriesPerService,
            bytes: usage.bytes.count - limits.bytesPerService.count)
    }

    /// Some of what is to go to bring the database's file under its quota; none when it is.
    ///
    /// What a page holds is only free once all on it is gone, so ask again after the removal.
    func victimsOfTheDisk() throws -> [Victim] {
        let used = try DiskUse(db: db).usedBytes
        guard used > limits.diskBytes.count else { return [] }
        return try victims(of: nil, entries: 1, bytes: used - Int(Double(limits.diskBytes.count) * Self.shareKept))
    }

    /// The least valuable, until they amount to `entries` and `bytes`.
    private func victims(of service: Int?, entries: Int, bytes: Int) throws -> [Victim] {
        var (entries, bytes) = (entries, bytes)
        var victims: [Victim] = []
        for isGiven in [false, true] {
            for isNew in [false, true] {
                guard entries > 0 || bytes > 0 else { return victims }
                let rows = try cursor(service, isGiven: isGiven, isNew: isNew)
                while entries > 0 || bytes > 0, let row = try rows.next() {
                    victims.append(Victim(id: row["id"], service: row["service"], bytes: row["bytes"]))
                    entries -= 1
                    bytes -= row["bytes"]
                }
            }
        }
        return victims
    }

    private func cursor(_ service: Int?, isGiven: Bool, isNew: Bool) throws -> RowCursor {
        // The plus keeps SQLite from looking for the id by an index: it would have to sort then.
        let sql = """
            SELECT id, service, bytes FROM demonstration
            WHERE \(service == nil ? "" : "service = :service AND") given = :given
            AND +id \(isNew ? ">=" : "<") :firstNew
            ORDER BY worth, id
            """
        var arguments: StatementArguments = ["given": isGiven, "firstNew": firstNew]
        if let service { arguments += ["service": service] }
        return try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: arguments)
    }
}
