// Loads and lives of engines end: memory, contexts and costs change together (rules 20, 24, 25 and 34).
extension EdgeState {
    /// A load has ended well.
    mutating func finishLoad(of instance: InstanceID) {
        guard memory.land(instance, at: now) else { return }
        let limit = catalogue[self[instance].model].poolTokens
        tokens?.open(instance, limit: limit)
        chargeLoadEnded(of: instance, isGood: true)
    }

    /// A load has ended without an engine.
    ///
    /// - Returns: false when the instance does not load.
    mutating func endLoad(of instance: InstanceID) -> Bool {
        guard self[instance].phase == .loading else { return false }
        chargeLoadEnded(of: instance, isGood: false)
        loseEngine(of: instance)
        return true
    }

    /// - Parameter isGood: whether there is an engine now.
    mutating func chargeLoadEnded(of instance: InstanceID, isGood: Bool) {
        costs.chargeLoadEnded(
            of: self[instance].model, seconds: now - self[instance].loadBegan, isGood: isGood, &catalogue)
    }

    mutating func finishUnload(of instance: InstanceID) {
        guard memory.freeMemory(of: instance) else { return }
        contexts.drop(instance, settings.retention, at: now, catalogue)
    }

    /// The catalogue changes (rule 46).
    mutating func move(_ map: CatalogueMap) {
        catalogue = map.new
        memory.move(map)
        room.move(map)
        contexts.move(map, at: now)
        costs.move(map, &catalogue)
        tokens?.move(map)
        tokens = tokens ?? TokenLedger(catalogue)
    }

    /// The engine is gone without having been stopped.
    mutating func loseEngine(of instance: InstanceID) {
        memory.lose(instance)
        tokens?.close(instance)
        contexts.drop(instance, settings.retention, at: now, catalogue)
    }

    /// Withdraws a reservation that no request waits for any more, and no operator, as long as its load has not begun.
    mutating func withdrawUnwanted(_ instance: InstanceID) {
        guard self[instance].phase == .reserved || self[instance].isReturning, room.count(for: instance) == 0,
            !self[instance].isWanted
        else { return }
        memory.withdraw(instance)
    }
}
