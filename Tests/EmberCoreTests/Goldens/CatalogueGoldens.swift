import EmberCore
import Testing

/// The catalogue changes under a running planner (rule 46), worked by hand.
@Suite struct CatalogueGoldens {
    private var settings: PlannerSettings {
        var settings = PlannerSettings(budget: Bytes(100))
        settings.queue.residencyPerLoad = 0
        return settings
    }

    private func script(
        _ bytes: [Int], policy: String = "lru", services: Int = 1, sharing: Sharing = .instances
    ) throws -> Script {
        try Script(policy, plainCatalogue(bytes: bytes, services: services, parallel: 1, sharing: sharing), settings)
    }

    /// The catalogue as it is, with models moved to the places of `order` (old ids; nil: a new model of 20 bytes).
    private func change(
        _ catalogue: Catalogue, _ order: [Int?], retired: [Int] = [], services: [Int]? = nil,
        adjust: (inout ModelSpec, Int?) -> Void = { _, _ in }
    ) -> CatalogueChange {
        let models = order.map { old in
            var model = old.map { catalogue.models[$0] } ?? ModelSpec(name: "new", residentBytes: Bytes(20))
            model.isRetired = old.map { retired.contains($0) } ?? false
            adjust(&model, old)
            return model
        }
        let services = services ?? Array(catalogue.services.indices)
        return CatalogueChange(
            models: models, services: services.map { catalogue.services[$0] },
            newModels: catalogue.models.indices.map { old in order.firstIndex(of: old).map { ModelID($0) } },
            newServices: catalogue.services.indices.map { old in services.firstIndex(of: old).map { ServiceID($0) } })
    }

    /// Model 0 goes, model 1 becomes 0, and a new one comes before it: what ran and waited is found there.
    @Test func whatStaysKeepsItsStateUnderItsNewID() throws {
        var script = try script([30, 60])
        script.load(0, 1)
        script.serve(1, 1, times: 3)
        #expect(script.ask(2, 1) == [.dispatch(request(3), instance(1))])
        #expect(script.ask(2, 1, offloadable: false) == [.enqueue(request(4))])
        #expect(script.at(3, .catalogueChanged(change(script.edge.catalogue, [nil, nil, 1]))) == [])
        #expect(script.edge.instances.map(\.phase) == [.absent, .absent, .resident])
        #expect(script.edge[instance(2)].inFlight == 1 && script.edge.waiting(for: instance(2)) == 1)
        #expect(script.edge.committed == Bytes(60) && script.edge.occupied == Bytes(60))
        // Three served at 1 s; 0.1 examples a second have faded since.
        #expect(abs(script.edge.ageOfContext(of: instance(2)) - 2.8) < 1e-9)
        #expect(
            script.at(4, .requestFinished(request(3), tokens: 5)) == [.dispatch(request(4), instance(2))])
        #expect(script.planner.brokenInvariants() == [])
        // The new model is loaded beside it.
        #expect(script.ask(5, 0) == [.enqueue(request(5)), .beginLoad(instance(0))])
    }

    /// A retired model drains: its running request ends well, the others are turned away; then it can be left out.
    @Test func aRetiredModelDrains() throws {
        var script = try script([60, 30])
        script.load(0, 0)
        script.ask(1, 0)
        script.ask(1, 0, offloadable: false)
        #expect(script.at(1, .requestFailed(request(7), retryable: true)) == [], "no such request")
        let retired = change(script.edge.catalogue, [0, 1], retired: [0])
        #expect(script.at(2, .catalogueChanged(retired)) == [.reject(request(1), .modelRemoved)])
        #expect(script.edge[instance(0)].isDraining)
        #expect(script.ask(3, 0) == [.offload(request(2), .modelRemoved)])
        #expect(script.ask(3, 0, offloadable: false) == [.reject(request(3), .modelRemoved)])
        #expect(script.at(3, .loadRequested(instance(0))) == [])
        // Left out too early: nothing changes.
        let leftOut = change(script.edge.catalogue, [1])
        #expect(script.at(4, .catalogueChanged(leftOut)) == [])
        #expect(script.edge.catalogue.models.count == 2)
        #expect(
            script.at(5, .requestFinished(request(0), tokens: 1)) == [.beginUnload(instance(0), .requested)])
        #expect(script.at(6, .unloadFinished(instance(0))) == [])
        // The request in the cloud needs its model still.
        #expect(script.at(6, .catalogueChanged(leftOut)) == [])
        #expect(script.edge.catalogue.models.count == 2)
        script.at(7, .requestFinished(request(2), tokens: 0))
        script.at(8, .catalogueChanged(leftOut))
        #expect(script.edge.catalogue.models.count == 1)
        #expect(script.ask(9, 0) == [.enqueue(request(4)), .beginLoad(instance(0))])
    }

    @Test func aLoadOfARetiredModelEndsAtOnce() throws {
        var script = try script([60, 30])
        #expect(script.ask(0, 0) == [.enqueue(request(0)), .beginLoad(instance(0))])
        let retired = change(script.edge.catalogue, [0, 1], retired: [0])
        #expect(
            script.at(1, .catalogueChanged(retired)) == [
                .offload(request(0), .modelRemoved), .beginUnload(instance(0), .requested),
            ])
        #expect(script.edge[instance(0)].failures == 0)
    }

    /// A reservation is withdrawn, and what drains for it is in service again.
    @Test func aReservationOfARetiredModelIsWithdrawn() throws {
        var script = try script([60, 70])
        script.load(0, 0)
        script.ask(1, 0)
        #expect(script.ask(1, 1, offloadable: false) == [.enqueue(request(1))])
        // Patience is lost: the resident drains for it.
        #expect(script.at(7, .tick) == [])
        #expect(script.edge[instance(0)].isDraining && script.edge[instance(1)].phase == .reserved)
        let retired = change(script.edge.catalogue, [0, 1], retired: [1])
        #expect(script.at(8, .catalogueChanged(retired)) == [.reject(request(1), .modelRemoved)])
        #expect(!script.edge[instance(0)].isDraining && script.edge[instance(1)].phase == .absent)
    }

    @Test func anEngineThatDiesOfARetiredModelIsNotStartedAgain() throws {
        var script = try script([60, 30])
        script.load(0, 0)
        script.ask(1, 0, offloadable: false)
        script.at(2, .catalogueChanged(change(script.edge.catalogue, [0, 1], retired: [0])))
        #expect(script.at(3, .engineDied(instance(0))) == [])
        #expect(
            script.at(3, .requestFailed(request(0), retryable: true)) == [.reject(request(0), .modelRemoved)])
        #expect(script.edge[instance(0)].phase == .absent)
    }

    /// An absent model has its new estimate, a resident one is as it was measured; fewer slots hold from now on.
    @Test func declaredFiguresAreTaken() throws {
        var script = try script([30, 40])
        script.load(0, 0)
        let other = change(script.edge.catalogue, [1, 0]) { model, _ in
            model.residentBytes = Bytes(50)
            model.parallel = 2
        }
        script.at(1, .catalogueChanged(other))
        #expect(script.edge[instance(0)].footprint == Bytes(50) && script.edge[instance(1)].footprint == Bytes(30))
        #expect(script.ask(2, 1) == [.dispatch(request(0), instance(1))])
        #expect(script.ask(2, 1) == [.dispatch(request(1), instance(1))])
        script.at(3, .catalogueChanged(change(script.edge.catalogue, [0, 1]) { model, _ in model.parallel = 1 }))
        #expect(script.ask(4, 1) == [.enqueue(request(2))])
        #expect(script.at(5, .requestFinished(request(0), tokens: 1)) == [], "one still runs")
    }

    @Test(arguments: PolicyCatalog.all) func everyPolicyFindsItsCounts(policy: PolicyEntry) throws {
        // What was counted decides alike, whether ids have changed in between or not.
        var moved = try script([30, 30, 30, 60], policy: policy.name)
        var plain = try script([30, 30, 30, 60], policy: policy.name)
        func run(_ play: (inout Script) -> Void) {
            play(&moved)
            play(&plain)
        }
        run { script in
            for model in 0..<3 { script.load(Double(model), model) }
            for model in 0..<3 { script.serve(Double(4 + model), model, times: 3 - model) }
        }
        moved.at(8, .catalogueChanged(change(moved.edge.catalogue, [3, 2, 1, 0])))
        let effects = (
            moved.at(9, .loadRequested(instance(0))), plain.at(9, .loadRequested(instance(3)))
        )
        let renamed = effects.1.map { effect in
            guard case .beginUnload(let victim, .evicted) = effect else { return effect }
            return .beginUnload(instance(3 - victim.index), .evicted(for: instance(0)))
        }
        // Where all are worth the same, or victims are chosen at random, ids decide.
        if policy.name != "random", policy.name != "cloud" {
            #expect(effects.0.map { "\($0)" }.sorted() == renamed.map { "\($0)" }.sorted())
        }
        #expect(effects.0.count == effects.1.count && moved.planner.brokenInvariants() == [])
    }

    /// Under `pairs`, instances are those of services and models.
    @Test func pairsMove() throws {
        var script = try script([30, 40], services: 2, sharing: .pairs)
        script.load(0, 3)
        script.serve(1, 1, service: 1, times: 2)
        script.at(2, .catalogueChanged(change(script.edge.catalogue, [1, 0], services: [1, 0])))
        // Service 1's instance of model 1 is the first now.
        #expect(script.edge.instances.map(\.phase) == [.resident, .absent, .absent, .absent])
        #expect(abs(script.edge.ageOfContext(of: instance(0)) - 1.9) < 1e-9)
    }

    @Test func whatDoesNotFitIsIgnored() throws {
        var script = try script([60, 30])
        let catalogue = script.edge.catalogue
        let good = change(catalogue, [1, 0])
        var twice = good
        twice.newModels = [ModelID(0), ModelID(0)]
        var outside = good
        outside.newModels = [ModelID(0), ModelID(2)]
        var elsewhere = good
        elsewhere.models[0].placement = .cloud
        var based = good
        based.models[1].base = ModelID(0)
        var short = good
        short.newServices = []
        for bad in [twice, outside, elsewhere, based, short] {
            #expect(!bad.fits(catalogue))
            script.at(1, .catalogueChanged(bad))
            #expect(script.edge.catalogue.models.map(\.name) == ["model 0", "model 1"])
        }
        #expect(good.fits(catalogue))
    }

    /// Everything of a catalogue is read back from a line of a log.
    @Test func aLineHasTheWholeCatalogue() throws {
        var models = plainCatalogue(bytes: [10, 20, 30, 40]).models
        models[0].name = "two words, 100 % %37; ü"
        models[0].learnt = LearntMemory(resting: Bytes(5), peak: Bytes(6))
        models[0].idleTTLSeconds = 0.1
        models[0].accuracy = .measured([
            AccuracyPoint(examples: 0, accuracy: 0.5), AccuracyPoint(examples: 3, accuracy: 0.75),
        ])
        models[1].base = ModelID(0)
        models[1].isPinned = true
        models[1].accuracy = .boundedLog(zeroShot: 0.1, gain: -0.2, alpha: 0.5)
        models[2].name = ""
        models[2].isRetired = true
        models[2].accuracy = .exponentialAmbiguity(alpha: 1, beta: 0.3)
        models[2].costs = CostRates(load: .perByte(0.1 + 0.2), perJoule: 1e-9)
        models[3].placement = .cloud
        models[3].kind = .vision
        models[3].measured = [.load, .cloud]
        let change = CatalogueChange(
            models: models,
            services: [ServiceSpec(name: "a\nb", vanishing: 0.3, standIns: [ModelID(2), ModelID(0)])],
            newModels: [nil, ModelID(3)], newServices: [ServiceID(0), nil])
        let written = RecordedEvent(
            time: Time(seconds: 1.5), event: .catalogueChanged(change), digest: EffectDigest([]))
        #expect(RecordedEvent(line: written.line) == written)
        // Cut off anywhere, it is none.
        let words = written.line.split(separator: " ")
        for count in 2..<(words.count - 1) {
            let cut = (words.prefix(count) + [words[words.count - 1]]).joined(separator: " ")
            #expect(RecordedEvent(line: cut) == nil, "\(cut)")
        }
    }
}
