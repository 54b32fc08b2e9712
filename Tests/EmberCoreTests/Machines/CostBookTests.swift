import Testing

@testable import EmberCore

/// The owner of costs, measured and charged, without a planner.
@Suite struct CostBookTests {
    private var catalogue = Catalogue(
        models: (0..<2).map { index in
            var model = ModelSpec(name: "m\(index)", residentBytes: Bytes(100 * (index + 1)))
            model.measured = [.load, .inference]
            return model
        }, services: [ServiceSpec(name: "s")])

    private func book(_ time: TimeModel = .continuous) -> CostBook {
        var settings = PlannerSettings(budget: Bytes(1000))
        settings.time = time
        settings.weights = CostWeights()
        settings.energy.budget = 10
        return CostBook(catalogue, settings)
    }

    private func record() -> RequestRecord {
        var record = RequestRecord(
            service: ServiceID(0), instance: InstanceID(0), model: ModelID(0), offloadable: true, count: 1,
            arrival: .zero, terms: RequestTerms(), limits: RequestRecord.Limits(due: .zero, latest: .zero))
        record.dispatched(at: .zero, life: 0, accuracy: 1)
        return record
    }

    /// A load is measured by its seconds; of a model that has not been loaded, by its bytes.
    @Test func loadsAreExpectedAsSeen() {
        var (book, catalogue) = (book(), catalogue)
        #expect(book.loadSeconds(of: ModelID(0), catalogue) == nil)
        book.chargeLoadEnded(of: ModelID(0), seconds: 4, isGood: true, &catalogue)
        #expect(book.loadSeconds(of: ModelID(0), catalogue) == 4)
        #expect(book.loadSeconds(of: ModelID(1), catalogue) == 8)
        let weights = CostWeights()
        #expect(catalogue[ModelID(1)].loadCost == weights.load(seconds: 8))
        var noted: Set<InstanceID> = []
        while let change = book.changed.removeNext() { noted.insert(change.instance) }
        #expect(noted == [InstanceID(0), InstanceID(1)])
        book.forgetLoads(of: ModelID(0), &catalogue)
        #expect(book.loadSeconds(of: ModelID(0), catalogue) == 4, "the other loads' seconds a byte")
    }

    @Test func failedLoadsAreChargedAndTeachNothing() {
        var (book, catalogue) = (book(), catalogue)
        book.chargeLoadEnded(of: ModelID(0), seconds: 4, isGood: false, &catalogue)
        #expect(book.ledger.loadSeconds == 4 && book.loadSeconds(of: ModelID(0), catalogue) == nil)
        #expect(book.changed.isEmpty)
    }

    @Test func nothingIsMeasuredInSlots() {
        var (book, catalogue) = (book(.slots), catalogue)
        book.chargeLoadEnded(of: ModelID(0), seconds: 4, isGood: true, &catalogue)
        book.chargeEdge(record(), tokens: 10, work: nil, at: Time(seconds: 3), &catalogue)
        #expect(book.ledger.loadSeconds == 0 && book.ledger.edgeRequests == 1)
        #expect(book.measured[0].edge.value == nil && book.changed.isEmpty)
    }

    @Test func trialsArePaidForByWhatWasSentAway() {
        var (book, catalogue) = (book(), catalogue)
        book.chargeEdge(record(), tokens: 10, work: nil, at: Time(seconds: 3), &catalogue)
        // 2 % of the cloud's cost each time: 0.06 is reached with the third.
        for _ in 0..<3 { #expect(book.takesTrial(ModelID(0), isIdle: true, dearer: 0.055, cloud: 1) == false) }
        #expect(book.takesTrial(ModelID(0), isIdle: false, dearer: 0.055, cloud: 1) == false)
        #expect(book.takesTrial(ModelID(0), isIdle: true, dearer: 0.055, cloud: 1) == true)
        #expect(book.takesTrial(ModelID(0), isIdle: true, dearer: 0.055, cloud: 1) == false)
        // Where nothing has been seen yet, the first request tries.
        #expect(book.takesTrial(ModelID(1), isIdle: true, dearer: 5, cloud: 1) == true)
    }

    @Test func energyIsReservedAndSpent() {
        var (book, catalogue) = (book(), catalogue)
        #expect(book.hasEnergy(for: 10, at: .zero) == true)
        book.reserveEnergy(6)
        #expect(book.hasEnergy(for: 4, at: .zero) && !book.hasEnergy(for: 5, at: .zero))
        var record = record()
        record.run.joules = 6
        book.spendEnergy(of: record, tokens: nil, at: .zero, catalogue)
        #expect(book.hasEnergy(for: 5, at: .zero) == false)
        #expect(book.hasEnergy(for: 5, at: Time(seconds: 100)) == true)
        // From the first measurement on, the machine's joules are what is spent.
        book.spendMeasured(3, at: Time(seconds: 100), &catalogue)
        #expect(book.ledger.joules == 3 && !book.hasEnergy(for: 8, at: Time(seconds: 100)))
    }
}
