import Testing

@testable import EmberCore

/// The owner of pools: what is reserved and held never exceeds one.
@Suite struct TokenLedgerTests {
    private func catalogue(_ pools: [Int?] = [100, nil]) -> Catalogue {
        plainCatalogue(bytes: pools.map { _ in 10 }) { model, index in model.poolTokens = pools[index] }
    }

    private func ledger() throws -> TokenLedger {
        var ledger = try #require(TokenLedger(catalogue()))
        ledger.open(instance(0), limit: 100)
        ledger.open(instance(1), limit: nil)
        return ledger
    }

    @Test func thereIsNoneWithoutPools() {
        #expect(TokenLedger(catalogue([nil, nil])) == nil)
    }

    @Test func requestsRunWhileTheirBoundsFit() throws {
        var ledger = try ledger()
        #expect(ledger.reserve(60, on: instance(0)) == 0)
        #expect(ledger.fits(40, on: instance(0)) && !ledger.fits(41, on: instance(0)))
        #expect(ledger.reserve(40, on: instance(0)) == 0)
        #expect(ledger.fits(0, on: instance(0)) && !ledger.fits(1, on: instance(0)))
        ledger.release(60, on: instance(0))
        #expect(ledger[instance(0)]?.reserved == 40 && ledger.fits(60, on: instance(0)))
    }

    /// So a resident can always run one request.
    @Test func noRequestHasMoreThanThePool() throws {
        var ledger = try ledger()
        #expect(ledger.fits(5000, on: instance(0)))
        #expect(ledger.reserve(5000, on: instance(0)) == 0)
        #expect(ledger[instance(0)]?.reserved == 100)
        ledger.lower(5000, to: 200, on: instance(0))
        #expect(ledger[instance(0)]?.reserved == 100)
        ledger.lower(200, to: 70, on: instance(0))
        #expect(ledger[instance(0)]?.reserved == 70)
        ledger.release(70, on: instance(0))
        #expect(ledger[instance(0)]?.reserved == 0)
    }

    @Test func whatIsHeldGivesWay() throws {
        var ledger = try ledger()
        #expect(ledger.hold(70, on: instance(0)) == 0)
        #expect(ledger.fits(100, on: instance(0)))
        #expect(ledger.reserve(20, on: instance(0)) == 0)
        #expect(ledger.reserve(50, on: instance(0)) == 40)
        #expect(ledger[instance(0)]?.held == 30)
        ledger.release(50, on: instance(0))
        #expect(ledger[instance(0)]?.held == 30, "what has gone does not come back by itself")
        #expect(ledger.hold(95, on: instance(0)) == 15)
        #expect(ledger[instance(0)]?.held == 80)
        #expect(ledger.hold(0, on: instance(0)) == 0)
        #expect(ledger[instance(0)]?.held == 0)
    }

    @Test func aLifeEndsWithAllThatItHad() throws {
        var ledger = try ledger()
        _ = ledger.reserve(60, on: instance(0))
        _ = ledger.hold(40, on: instance(0))
        ledger.close(instance(0))
        #expect(ledger[instance(0)] == nil && ledger.hold(10, on: instance(0)) == 0 && ledger[instance(0)] == nil)
        ledger.open(instance(0), limit: 50)
        #expect(ledger[instance(0)] == TokenPool(limit: 50))
    }

    @Test func nothingIsCountedWhereThereIsNoPool() throws {
        var ledger = try ledger()
        #expect(ledger.reserve(1 << 40, on: instance(1)) == 0 && ledger.hold(1 << 40, on: instance(1)) == 0)
        #expect(ledger.fits(1 << 40, on: instance(1)) && ledger[instance(1)] == nil)
    }

    /// An engine keeps the pool that it has been started with.
    @Test func poolsMoveWithTheirInstances() throws {
        var ledger = try ledger()
        _ = ledger.reserve(60, on: instance(0))
        let change = CatalogueChange(
            models: catalogue([nil, 7, 30]).models, services: catalogue().services,
            newModels: [ModelID(2), ModelID(1)], newServices: [ServiceID(0)])
        ledger.move(CatalogueMap(change, of: catalogue()))
        #expect(ledger[instance(0)] == nil && ledger[instance(1)] == nil)
        #expect(ledger[instance(2)]?.limit == 100 && ledger[instance(2)]?.reserved == 60)
    }
}
