import GRDB

/// What the database's file takes.
struct DiskUse {
    let db: Database

    /// Pages that hold something, those of a transaction under way included.
    var usedBytes: Int {
        get throws { try (number("page_count") - number("freelist_count")) * number("page_size") }
    }

    /// The whole file, free pages included.
    var fileBytes: Int {
        get throws { try number("page_count") * number("page_size") }
    }

    private func number(_ pragma: String) throws -> Int { try Int.fetchOne(db, sql: "PRAGMA \(pragma)") ?? 0 }
}
