import GRDB

extension ContextStore {
    /// Adds a demonstration; once this returns, neither a kill nor a power failure takes it away.
    ///
    /// Over a quota the least valuable others go. What `learn` took before gets the lower ids.
    /// - Returns: its id.
    /// - Throws: `invalid`, `alreadyThere`, `noRoom`, `diskFull`.
    @discardableResult
    public func add(_ content: DemonstrationContent, tenant: String) async throws(StoreError) -> Int {
        try check(content)
        return try await write(.tenant(tenant), .power) { transaction in
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
        try checkOpen()
        try NameCheck.tenant(tenant).check()
        try check(content)
        arrange(learned.append(.init(content: content, tenant: tenant)))
    }

    /// Writes what was learned and waits until it is in the database.
    ///
    /// - Throws: `diskFull` and other failures; what could not be written is kept and tried again.
    public func flush() async throws(StoreError) {
        try checkOpen()
        try await onWriter { db throws(StoreError) in try self.writeLearned(db) }.get()
    }

    /// On the writer's thread.
    func writeLearned(_ db: Database) throws(StoreError) {
        let dropped = learned.takeDropped()
        if dropped > 0 { tell("\(dropped) learned demonstrations were dropped: they could not be written in time") }
        let lessons = learned.take()
        guard !lessons.isEmpty else { return }
        do {
            try transact(db, .process) { transaction in
                let ids = try lessons.compactMap { try transaction.insert($0.content, tenant: $0.tenant) }
                if let first = ids.first { _ = try transaction.keepQuotas(firstNew: first) }
            }
        } catch {
            if learned.putBack(lessons) { arrangeRetry() }
            throw error
        }
    }

    private func arrangeRetry() {
        surroundings.time.later(after: max(.seconds(1), limits.flushInterval * 10)) { [self] in
            learned.retryBegins()
            await flushOrReport()
        }
    }

    private func arrange(_ plan: LearningBuffer.Plan) {
        guard plan != .nothing else { return }
        surroundings.time.later(after: plan == .later ? limits.flushInterval : .zero) { [self] in await flushOrReport()
        }
    }

    private func flushOrReport() async {
        // After a close nothing waits: it has been written, or its loss was that call's error.
        guard (try? checkOpen()) != nil else { return }
        do { try await flush() } catch { tell("learned demonstrations cannot be written: \(error)") }
    }

    private func check(_ content: DemonstrationContent) throws(StoreError) {
        do { try ContentCheck(limits: limits).check(content) } catch { throw .invalid(error) }
    }
}
