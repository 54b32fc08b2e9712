extension ContextStore {
    /// A tenant's demonstrations as lines of JSON, of one service or of all; what was learned before is among them.
    public func export(tenant: String, service: String? = nil) async throws(StoreError) -> DemonstrationExport {
        if let service { try NameCheck.tenantsService(service, tenant: tenant).check() }
        try await flush()
        let all = try await services(of: tenant).map(\.service)
        return DemonstrationExport(
            store: self, tenant: tenant, services: all.filter { service == nil || $0 == service })
    }

    /// Takes in lines of JSON as `export` writes them: all of them, or none where one is wrong.
    ///
    /// A line needs `prompt` and `result`; its origin is `given` where it names none. A line whose request the service
    /// has already is passed over, so the same import given again changes nothing.
    /// - Parameters:
    ///   - pieces: the bytes, cut anywhere.
    ///   - service: where all lines go, whatever service they name; nil: each line must name one.
    ///   - now: the time of lines that name none, in seconds since 1970.
    /// - Throws: `badLines` with line, field, value and fix; `importTooLong`, `noRoom`, `diskFull`; what `pieces`
    ///   throws.
    public func importLines(
        _ pieces: some AsyncSequence<[UInt8], any Error> & Sendable, tenant: String, into service: String? = nil,
        now: Double
    ) async throws -> ImportSummary {
        try database.checkOpen()
        // Before the upload is read to its end.
        try NameCheck.tenant(tenant).check()
        var reading = ImportReading(limits, LineDefaults(service: service, time: now))
        for try await piece in pieces { try reading.read(piece) }
        let contents = try reading.finish()
        return try await writer.write(.tenant(tenant), .power) { transaction in
            let ids = try contents.compactMap { try transaction.insert($0, tenant: tenant) }
            guard let first = ids.first else {
                return ImportSummary(added: 0, alreadyThere: contents.count, evicted: 0)
            }
            let evicted = try transaction.keepQuotas(firstNew: first)
            let refused = evicted.count { $0 >= first }
            guard refused == 0 else { throw StoreError.noRoom(demonstrations: refused) }
            return ImportSummary(
                added: ids.count, alreadyThere: contents.count - ids.count, evicted: evicted.count)
        }
    }
}

/// What an import came to.
public struct ImportSummary: Hashable, Sendable {
    public let added: Int
    /// Lines whose request the service had already.
    public let alreadyThere: Int
    /// Less valuable demonstrations that went to make room.
    public let evicted: Int
}
