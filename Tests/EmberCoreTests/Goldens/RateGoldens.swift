import EmberCore
import Testing

/// What loads and requests are expected to take: rules 34 and 35 by hand.
@Suite struct RateGoldens {
    private func settings(waiting: Double = 1) -> PlannerSettings {
        var settings = PlannerSettings(budget: Bytes(100))
        var weights = CostWeights()
        (weights.waitingSecond, weights.loadingSecond, weights.offloading, weights.money) = (waiting, 1, 3, 100)
        settings.weights = weights
        settings.queue.residencyPerLoad = 0
        return settings
    }

    private func catalogue(_ bytes: [Int] = [60, 30]) -> Catalogue {
        plainCatalogue(bytes: bytes, parallel: 1) { model, _ in
            model.measured = [.load, .inference, .cloud]
            model.costs = CostRates(load: .constant(1), cloudPerRequest: 10)
        }
    }

    @Test func loadsFollowThePageCache() throws {
        var script = try Script("lru", catalogue(), settings())
        // From memory in 2 s. From the disk: unknown, so as long.
        script.load(0, 0, seconds: 2)
        script.unload(3, 0)
        #expect(script.edge.loadSeconds(of: ModelID(0)) == 2)
        script.at(3, .weightsCached(ModelID(0), share: 0))
        #expect(script.edge.loadSeconds(of: ModelID(0)) == 2)
        // From the disk in 10 s, the second load: half of the way from 2 to 10.
        script.load(4, 0, seconds: 10)
        #expect(script.edge.loadSeconds(of: ModelID(0)) == 6)
        script.unload(15, 0)
        script.at(15, .weightsCached(ModelID(0), share: 0.25))
        #expect(script.edge.loadSeconds(of: ModelID(0)) == 5)
        // The costs follow: 2 a second, one for the load and one for who waits.
        #expect(script.edge.catalogue.models[0].costs.load == .constant(10))
    }

    @Test func loadsOfOthersAreKnownByTheirBytes() throws {
        var script = try Script("lru", catalogue(), settings())
        script.load(0, 0, seconds: 6)
        #expect(script.edge.loadSeconds(of: ModelID(1)) == 3)
        #expect(script.edge.catalogue.models[1].costs.load == .constant(6))
        // Its own load counts alone from then on.
        script.load(10, 1, seconds: 1)
        #expect(script.edge.loadSeconds(of: ModelID(1)) == 1)
    }

    @Test func aLongPromptCostsMoreHereThanInTheCloud() throws {
        var script = try Script("lru", catalogue([60]), settings())
        script.load(0, 0)
        // 400 bytes were 100 tokens, read in 1 s; 10 were written in 1 s.
        let work = EngineWork(
            promptBytes: 400, promptTokens: 100, prefillTokens: 100, prefillSeconds: 1, decodeTokens: 10,
            decodeSeconds: 1)
        script.ask(1, 0)
        script.at(1, .requestFinished(request(0), tokens: 110, work: work))
        let edge = script.edge
        func inference(_ size: RequestSize?) -> Double {
            edge.alternatives(ServiceID(0), ModelID(0), offloadable: true, size: size)[0][.inference]
        }
        // 100 tokens and 10; 1,000 and 5, as it wants no more.
        #expect(abs(inference(RequestSize(promptBytes: 400)) - 2) < 1e-12)
        #expect(abs(inference(RequestSize(promptBytes: 4000, answerTokens: 5)) - 10.5) < 1e-12)
        #expect(inference(nil) == 0)
        // The cloud costs 10.
        #expect(
            script.ask(2, 0, size: RequestSize(promptBytes: 400)) == [
                .dispatch(request(1), instance(0))
            ])
        script.at(2, .requestFinished(request(1), tokens: 110))
        #expect(script.ask(2, 0, size: RequestSize(promptBytes: 4000)) == [.offload(request(2), .cheaper)])
    }

    @Test func ratesAreThoseOfContextsAsLong() throws {
        var script = try Script("lru", catalogue([60]), settings())
        script.load(0, 0)
        for (tokens, seconds) in [(100, 1.0), (1000, 40)] {
            script.serve(
                1, 0,
                work: EngineWork(
                    promptBytes: tokens, promptTokens: tokens, prefillTokens: tokens, prefillSeconds: seconds,
                    decodeTokens: 1, decodeSeconds: 0))
        }
        let edge = script.edge
        func inference(_ tokens: Int) -> Double {
            edge.alternatives(ServiceID(0), ModelID(0), offloadable: false, size: RequestSize(promptBytes: tokens))[0][
                .inference]
        }
        // 64 to 127 tokens: 10 ms each; 512 to 1,023: 40 ms. 300 tokens, 256 to 511, are nearer to the longer ones.
        #expect(abs(inference(120) - 1.2) < 1e-12)
        #expect(abs(inference(600) - 24) < 1e-12)
        #expect(abs(inference(300) - 12) < 1e-12)
    }

    /// What is not an answer of the edge says nothing of its engines.
    @Test func workCountsOnceAndAtTheEdgeAlone() throws {
        var script = try Script("lru", catalogue([60]), settings())
        script.load(0, 0)
        func end(_ tokens: Int) -> Event {
            let work = EngineWork(
                promptBytes: 10, promptTokens: 10, prefillTokens: 10, prefillSeconds: 1, decodeTokens: tokens,
                decodeSeconds: 1)
            return .requestFinished(request(0), tokens: tokens, work: work)
        }
        script.at(0, end(1))
        #expect(script.edge.measured[0].rates.answerTokens.value == nil, "it has not come yet")
        script.ask(0, 0)
        script.at(1, end(2))
        script.at(1, end(4))
        #expect(script.edge.measured[0].rates.answerTokens.value == 2, "it ended once")
        var cloud = try Script("cloud", catalogue([60]), settings())
        cloud.ask(0, 0)
        cloud.at(1, end(2))
        #expect(cloud.edge.measured[0].rates.answerTokens.value == nil && cloud.edge.measured[0].cloud.value == 1)
    }

    @Test func aBillOfItsOwnCountsInsteadOfTheMean() throws {
        var script = try Script("cloud", catalogue([60]), settings())
        script.ask(0, 0)
        script.at(1, .requestFinished(request(0), tokens: 1, bill: 0.02))
        // 3 for sending it away, 1 for its second, 2 for the bill of 0.02; one of 0.05 costs 3 more.
        let size = RequestSize(promptBytes: 1, bill: 0.05)
        let places = script.edge.alternatives(ServiceID(0), ModelID(0), offloadable: true, size: size)
        #expect(abs(places[1][.cloud] - 9) < 1e-12)
    }

    @Test func aDeadlineCountsOnlyThoseWhoseTurnComesBefore() throws {
        var script = try Script("lru", catalogue([60]), settings())
        script.load(0, 0)
        script.ask(0, 0, offloadable: false)
        script.at(1, .requestFinished(request(0), tokens: 1))
        // One runs and three of tenant 0 wait, 1 s each: a fourth would wait for 4 s, another tenant's for 2 s.
        for _ in 0..<4 { script.ask(2, 0, offloadable: false) }
        #expect(script.ask(2, 0, offloadable: false, deadline: 3) == [.reject(request(5), .deadline)])
        #expect(script.ask(2, 0, offloadable: false, tenant: 1, deadline: 3) == [.enqueue(request(6))])
    }

    @Test func theCloudHasItsTimeBeforeADeadline() throws {
        // Seconds cost nothing: no request leaves because that is cheaper.
        var script = try Script("cloud", catalogue([60]), settings(waiting: 0))
        script.ask(0, 0)
        script.at(2, .requestFinished(request(0), tokens: 1))
        script.load(3, 0)
        script.ask(4, 0, offloadable: false)
        #expect(script.ask(4, 0, deadline: 5) == [.enqueue(request(2))])
        // Due at 9; the cloud takes 2 s.
        #expect(script.planner.nextWake == Time(seconds: 7))
        #expect(script.at(7, .tick) == [.offload(request(2), .deadline)])
    }
}
