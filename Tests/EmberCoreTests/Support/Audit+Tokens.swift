import EmberCore

// What requests and idle conversations have of their engines' pools.
extension Audit {
    private func reserved(on instance: InstanceID, of pool: Int) -> Int {
        running(on: instance).reduce(0) { $0 + min(pool, live[$1]?.tokens ?? 0) }
    }

    func takeTokens(_ event: Event) {
        switch event {
        case .tokensCounted(let request, let tokens):
            if let former = live[request]?.tokens { live[request]?.tokens = min(former, tokens) }
        case .tokensHeld(let instance, let tokens): if isResident(instance) { memory[instance]?.held = tokens }
        default: break
        }
    }

    func letGo(_ tokens: Int, on instance: InstanceID) {
        expect(isResident(instance), "\(instance) is to make room, and is not resident")
        let held = memory[instance]?.held ?? 0
        expect(tokens > 0 && tokens <= held, "\(instance) is to let go of \(tokens) tokens, and holds \(held)")
        memory[instance]?.held -= tokens
    }

    /// Also when a request is sent: what had to go was to go before.
    func checkTokens(of instance: InstanceID) {
        guard let engine = memory[instance], let pool = engine.pool else { return }
        let reserved = reserved(on: instance, of: pool)
        expect(reserved + engine.held <= pool, "\(instance): \(reserved) + \(engine.held) of \(pool) tokens")
    }

    func checkTokens(of instance: InstanceID, _ edge: EdgeState) {
        guard isResident(instance), let engine = memory[instance], let limit = engine.pool else {
            return expect(edge[pool: instance] == nil, "\(instance) has a pool")
        }
        checkTokens(of: instance)
        guard let pool = edge[pool: instance] else { return violate("\(instance) has no pool") }
        let reserved = reserved(on: instance, of: limit)
        expect(pool.limit == limit, "\(instance) has a pool of \(pool.limit) tokens, and began with \(limit)")
        expect(pool.reserved == reserved, "\(instance): \(pool.reserved) reserved, its requests may have \(reserved)")
        expect(pool.held == engine.held, "\(instance): \(pool.held) held, the driver has \(engine.held)")
    }
}
