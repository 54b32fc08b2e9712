extension ContextStore {
    /// Adds a demonstration; once this returns, neither a kill nor a power failure takes it away.
    ///
    /// Over a quota the least valuable others go. What `learn` took before gets the lower ids.
    /// - Returns: its id.
    /// - Throws: `invalid`, `alreadyThere`, `noRoom`, `diskFull`.
    @discardableResult
    public func add(_ content: DemonstrationContent, tenant: String) async throws(StoreError) -> Int {
        try check(content)
        return try await writer.write(.tenant(tenant), .power) { transaction in
            guard let id = try transaction.insert(content, tenant: tenant) else {
                throw StoreError.alreadyThere(request: content.request, service: content.service)
            }
            guard try !transaction.keepQuotas(firstNew: id).contains(id) else {
                throw StoreError.noRoom(demonstrations: 1)
            }
            return id
        }
    }

    /// Takes in a demonstration to be written with others soon: after `flushInterval`, or `flushEntries` of them.
    ///
    /// Never waits for the disk; a kill before the write loses it. One whose request is known, or that finds no room,
    /// is passed over in silence.
    /// - Throws: `invalid`, `closed`.
    public func learn(_ content: DemonstrationContent, tenant: String) throws(StoreError) {
        try database.checkOpen()
        try NameCheck.tenant(tenant).check()
        try check(content)
        writer.learn(LearningBuffer.Lesson(content: content, tenant: tenant))
    }

    /// Writes what was learned and waits until it is in the database.
    ///
    /// - Throws: `diskFull` and other failures; what could not be written is kept and tried again.
    public func flush() async throws(StoreError) {
        try database.checkOpen()
        try await writer.flush().get()
    }

    private func check(_ content: DemonstrationContent) throws(StoreError) {
        do { try ContentCheck(limits: limits).check(content) } catch { throw .invalid(error) }
    }
}
