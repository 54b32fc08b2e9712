import EmberCore
import Testing

/// Other bounds hold under a running planner (rule 50), worked by hand.
@Suite struct SettingsGoldens {
    private func script(_ bytes: [Int], limit: Int = 8) throws -> Script {
        var settings = PlannerSettings(budget: Bytes(100))
        settings.queue.residencyPerLoad = 0
        settings.queue.limit = limit
        return try Script("lru", plainCatalogue(bytes: bytes, parallel: 1), settings)
    }

    private func change(_ script: Script, adjust: (inout SettingsChange) -> Void) -> Event {
        var change = SettingsChange(script.edge.settings)
        adjust(&change)
        return .settingsChanged(change)
    }

    /// The one that was used last stays; a busy one drains.
    @Test func aSmallerBudgetShedsWhatIsTooMuch() throws {
        var script = try script([60, 30])
        script.load(0, 0)
        script.load(1, 1)
        script.serve(2, 1)
        #expect(
            script.at(3, change(script) { $0.budget = Bytes(50) }) == [.beginUnload(instance(0), .overBudget)])
        script.at(4, .unloadFinished(instance(0)))
        #expect(script.edge.committed == Bytes(30) && script.edge.settings.budget == Bytes(50))
        // It can never fit, until the budget is larger again.
        #expect(script.ask(5, 0, offloadable: false) == [.reject(request(1), .neverFits)])
        #expect(script.at(6, change(script) { $0.budget = Bytes(100) }) == [])
        #expect(
            script.ask(7, 0, offloadable: false) == [.enqueue(request(2)), .beginLoad(instance(0))])
        #expect(script.planner.brokenInvariants() == [])
    }

    @Test func aLargerBudgetLetsInWhatWaits() throws {
        var script = try script([60, 70])
        script.load(0, 0)
        script.ask(1, 0)
        #expect(script.ask(1, 1, offloadable: false) == [.enqueue(request(1))])
        #expect(script.at(2, change(script) { $0.budget = Bytes(130) }) == [.beginLoad(instance(1))])
    }

    /// What waits keeps its place and its latest instant; what comes later goes by the new bounds.
    @Test func waitingRequestsKeepTheirPlacesUnderOtherBounds() throws {
        var script = try script([60, 70])
        script.load(0, 0)
        script.ask(0, 0)
        #expect(script.ask(1, 0, offloadable: false) == [.enqueue(request(1))])
        #expect(script.ask(1, 0, offloadable: false) == [.enqueue(request(2))])
        let narrow = change(script) {
            ($0.queue.limit, $0.queue.limitPerInstance, $0.queue.maxWaitSeconds) = (1, 1, 10)
        }
        #expect(script.at(2, narrow) == [])
        #expect(script.edge.waiting == 2)
        #expect(script.ask(3, 0, offloadable: false) == [.reject(request(3), .queueFull)])
        #expect(script.at(20, .tick) == [], "they came under a bound of 120 s")
        #expect(script.at(21, .requestFinished(request(0), tokens: 1)) == [.dispatch(request(1), instance(0))])
        #expect(
            script.at(121, .tick) == [.reject(request(2), .waitedTooLong)], "and are due by that")
    }

    /// A load that its budget has no room for any more is withdrawn.
    @Test func aReservationThatDoesNotFitIsWithdrawn() throws {
        var script = try script([60, 50])
        script.load(0, 0)
        script.ask(1, 0)
        #expect(script.ask(1, 1, offloadable: false) == [.enqueue(request(1))])
        #expect(script.at(7, .tick) == [])
        #expect(script.edge[instance(1)].phase == .reserved && script.edge[instance(0)].isDraining)
        // Its own size exceeds it; the other one does as well, and goes on draining.
        #expect(
            script.at(8, change(script) { $0.budget = Bytes(40) }) == [.reject(request(1), .neverFits)])
        #expect(script.edge[instance(1)].phase == .absent && script.edge[instance(0)].isDraining)
    }

    @Test func unsoundBoundsChangeNothing() throws {
        var script = try script([60])
        script.at(1, change(script) { $0.budget = Bytes(-1) })
        script.at(1, change(script) { $0.queue.patienceSeconds = -1 })
        script.at(1, change(script) { $0.queue.limit = -1 })
        #expect(script.edge.settings.budget == Bytes(100) && script.edge.settings.queue.limit == 8)
    }

    @Test func aLineOfALogHasAllOfIt() {
        var queue = QueueSettings()
        (queue.limit, queue.limitPerInstance, queue.maxWaitSeconds) = (7, 3, 0.1 + 0.2)
        (queue.patienceSeconds, queue.gateWaitSeconds, queue.residencyPerLoad) = (1.5, .infinity, 0)
        for pause in [nil, 2.5] {
            let change = SettingsChange(budget: Bytes(1 << 33), queue: queue, prefetchSeconds: pause)
            let written = RecordedEvent(
                time: Time(seconds: 1.5), event: .settingsChanged(change), digest: EffectDigest([]))
            #expect(RecordedEvent(line: written.line) == written)
            let words = written.line.split(separator: " ")
            for count in 2..<(words.count - 1) {
                let cut = (words.prefix(count) + [words[words.count - 1]]).joined(separator: " ")
                #expect(RecordedEvent(line: cut) == nil, "\(cut)")
            }
        }
    }
}
