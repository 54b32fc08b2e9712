/// What instances hold of their services' contexts, and the Age of Context: a pair's, and that of an instance that
/// services share.
struct ContextBook: Codable, Sendable {
    /// By place: an instance's contexts lie side by side.
    private var contexts: [PairContext]
    /// By instance, where several services share it in continuous time.
    private var ageLines: [AgeLine] = []
    /// Where there are lines.
    private var living = LivingContexts(instances: 0, services: 1)
    private var shares = ShareClock()
    /// Between the ends of slots nothing fades.
    private let fades: Bool
    /// Instances whose Age of Context may have fallen by more than its fading.
    var changed = ChangedInstances()
    /// Whether a slot has ended since the `VictimIndex` was brought up to date.
    var slotHasEnded = false

    init(_ catalogue: Catalogue, _ time: TimeModel) {
        contexts = Array(repeating: PairContext(), count: catalogue.pairCount)
        fades = time.contextsFadeBetweenEvents
        if fades, catalogue.hasSharedInstances { beginAgeLines(at: .zero, catalogue) }
    }

    subscript(place: Int) -> PairContext {
        @inline(__always) _read { yield contexts[place] }
    }
}

// What is read.
extension ContextBook {
    @inline(__always)
    func fadingAge(
        of service: ServiceID, on instance: InstanceID, at instant: Time, _ catalogue: Catalogue
    ) -> FadingAge {
        let vanishing = catalogue[service].vanishing
        let kappa = contexts[catalogue.place(of: service, on: instance)].state
            .ageOfContext(at: instant, vanishing: fades ? vanishing : 0)
        return FadingAge(pair: SIMD2(kappa, kappa > 0 ? vanishing : 0))
    }

    /// An instance's age with how fast it fades from then on at most, per second or slot, while no request for it
    /// arrives: only those services' contexts fade that have not faded to nothing.
    @inline(__always)
    func fadingAge(of instance: InstanceID, at instant: Time, _ catalogue: Catalogue) -> FadingAge {
        let services = catalogue.services(of: instance)
        guard services.count > 1 else {
            return fadingAge(of: ServiceID(services.lowerBound), on: instance, at: instant, catalogue)
        }
        if !ageLines.isEmpty, let drawn = ageLines[instance.index].fadingAge(at: instant) { return drawn }
        return meanFadingAge(of: instance, at: instant, catalogue)
    }

    /// The mean over an instance's services.
    private func meanFadingAge(of instance: InstanceID, at instant: Time, _ catalogue: Catalogue) -> FadingAge {
        let services = catalogue.services(of: instance)
        var (sums, weights) = (AgeSums(), 0.0)
        for service in services.lazy.map({ ServiceID($0) }) {
            let weight = contexts[catalogue.place(of: service, on: instance)].recentRequests
            weights += weight
            sums.add(fadingAge(of: service, on: instance, at: instant, catalogue), weight: weight)
        }
        return sums.mean(weights: weights, services: services.count)
    }

    /// The instances whose lines differ from the mean of their contexts, but for rounding.
    func brokenAgeLines(at now: Time, _ catalogue: Catalogue) -> [InstanceID] {
        ageLines.indices.map { InstanceID($0) }.filter { instance in
            guard let drawn = ageLines[instance.index].fadingAge(at: now) else { return false }
            let mean = meanFadingAge(of: instance, at: now, catalogue)
            return abs(drawn.age - mean.age) > 1e-9 * max(1, mean.age)
                || abs(drawn.fadingPerSecond - mean.fadingPerSecond) > 1e-9 * max(1e-3, mean.fadingPerSecond)
        }
    }
}

// What changes.
extension ContextBook {
    /// Draws the instance's age line where it has ended: until one of its contexts has faded to nothing, its age is
    /// read without a look at them. O(services / 64 + contexts that have not faded to nothing).
    ///
    /// The line is a short cut: without it the age is the same, but for rounding. It is drawn here, and not where it
    /// ends: many lines end that no search needs (ARCHITECTURE has the figures).
    @inline(__always)
    mutating func drawAgeLine(of instance: InstanceID, at now: Time, _ catalogue: Catalogue) {
        guard !ageLines.isEmpty, ageLines[instance.index].fadingAge(at: now) == nil else { return }
        drawNewAgeLine(of: instance, at: now, catalogue)
    }

    private mutating func drawNewAgeLine(of instance: InstanceID, at now: Time, _ catalogue: Catalogue) {
        var sums = AgeSums()
        for word in 0..<living.wordsEach {
            for service in living.services(ofWord: word, on: instance) {
                let context = fadingAge(of: service, on: instance, at: now, catalogue)
                if context.age > 0 {
                    sums.add(context, weight: contexts[catalogue.place(of: service, on: instance)].recentRequests)
                } else {
                    living.remove(service, on: instance)
                }
            }
        }
        ageLines[instance.index].begin(sums, services: catalogue.services.count, at: now)
    }

    /// A request of the service has been dispatched to the instance, which holds a context of it from now on.
    @inline(__always)
    mutating func bringIntoMemory(_ service: ServiceID, on instance: InstanceID, _ catalogue: Catalogue) {
        contexts[catalogue.place(of: service, on: instance)].isInMemory = true
    }

    /// Served requests become demonstrations: at once, or at the end of the slot. They only add to a context.
    @inline(__always)
    mutating func serve(
        _ count: Int, of service: ServiceID, on instance: InstanceID, at now: Time, _ catalogue: Catalogue
    ) {
        let place = catalogue.place(of: service, on: instance)
        guard fades else {
            contexts[place].servedInSlot += count
            return
        }
        guard !contexts[place].isMeasured else { return }
        let vanishing = catalogue[service].vanishing
        let window = catalogue.windowExamples(service, catalogue.model(of: instance))
        change(service, on: instance, at: now, catalogue) { context in
            for _ in 0..<count { context.serve(at: now, vanishing: vanishing, window: window) }
        }
    }

    /// Takes in what a resident holds of a service, as the driver has found it. Ignored where no request of the service
    /// was dispatched to the instance since its load: then no context of it is in memory.
    mutating func hold(
        _ examples: Double, worth: Double, of service: ServiceID, on instance: InstanceID, at now: Time,
        _ catalogue: Catalogue
    ) {
        let place = catalogue.place(of: service, on: instance)
        guard fades, contexts[place].isInMemory else { return }
        contexts[place].isMeasured = true
        let window = catalogue.windowExamples(service, catalogue.model(of: instance))
        change(service, on: instance, at: now, catalogue) {
            $0.hold(examples, worth: worth, at: now, window: window)
        }
        changed.insert(revalued: instance)
    }

    /// The instance has left memory, and with it what it held of its services. O(services).
    mutating func drop(_ instance: InstanceID, _ retention: ContextRetention, at now: Time, _ catalogue: Catalogue) {
        for service in catalogue.services(of: instance).lazy.map({ ServiceID($0) }) {
            let place = catalogue.place(of: service, on: instance)
            guard contexts[place].isInMemory else { continue }
            contexts[place].isInMemory = false
            if retention == .lost { change(service, on: instance, at: now, catalogue) { $0.clear() } }
        }
    }

    /// Counts requests of the pair that have arrived. Only services that share an instance need be told apart.
    @inline(__always)
    mutating func countRequests(
        _ count: Int, of service: ServiceID, on instance: InstanceID, at now: Time, _ catalogue: Catalogue
    ) {
        if catalogue.hasSharedInstances { countShared(count, of: service, on: instance, at: now, catalogue) }
    }

    private mutating func countShared(
        _ count: Int, of service: ServiceID, on instance: InstanceID, at now: Time, _ catalogue: Catalogue
    ) {
        if let fading = shares.restartIfNeeded(at: now) {
            for index in contexts.indices { contexts[index].recentRequests *= fading }
            for index in ageLines.indices { ageLines[index].scale(by: fading) }
        }
        let weight = Double(count) * shares.growth(at: now)
        contexts[catalogue.place(of: service, on: instance)].recentRequests += weight
        guard !ageLines.isEmpty else { return }
        ageLines[instance.index].add(weight, of: fadingAge(of: service, on: instance, at: now, catalogue), at: now)
    }

    /// Contexts take in what was served in the slot, and age by one slot. O(pairs).
    mutating func endSlot(at now: Time, _ catalogue: Catalogue) {
        for index in 0..<catalogue.pairCount {
            let pair = PairID(index)
            // A variant's contexts are its base's.
            guard catalogue[catalogue.model(of: pair)].base == nil else { continue }
            let place = catalogue.place(of: pair)
            contexts[place].state.endSlot(
                at: now, served: Double(contexts[place].servedInSlot),
                vanishing: catalogue[catalogue.service(of: pair)].vanishing,
                window: catalogue.windowExamples(of: pair))
            contexts[place].servedInSlot = 0
        }
        slotHasEnded = true
    }

    /// The catalogue changes: contexts stay what they are now, and fade by the new law from now on.
    mutating func move(_ map: CatalogueMap, at now: Time) {
        var moved = Array(repeating: PairContext(), count: map.new.pairCount)
        for index in 0..<map.old.instanceCount {
            let instance = InstanceID(index)
            guard let newInstance = map[instance] else { continue }
            for service in map.old.services(of: instance).lazy.map({ ServiceID($0) }) {
                guard let newService = map[service] else { continue }
                var context = contexts[map.old.place(of: service, on: instance)]
                context.state.endLaw(
                    at: now, vanishing: fades ? map.old[service].vanishing : 0,
                    window: map.new.windowExamples(newService, map.new.model(of: newInstance)))
                moved[map.new.place(of: newService, on: newInstance)] = context
            }
        }
        contexts = moved
        (ageLines, living) = ([], LivingContexts(instances: 0, services: 1))
        if fades, map.new.hasSharedInstances { beginAgeLines(at: now, map.new) }
    }

    private mutating func beginAgeLines(at now: Time, _ catalogue: Catalogue) {
        living = LivingContexts(instances: catalogue.instanceCount, services: catalogue.services.count)
        for instance in (0..<catalogue.instanceCount).lazy.map({ InstanceID($0) }) {
            var weights = 0.0
            for service in catalogue.services.indices.lazy.map({ ServiceID($0) }) {
                weights += contexts[catalogue.place(of: service, on: instance)].recentRequests
                if fadingAge(of: service, on: instance, at: now, catalogue).age > 0 {
                    living.insert(service, on: instance)
                }
            }
            ageLines.append(AgeLine(weights: weights))
        }
    }

    @inline(__always)
    private mutating func change(
        _ service: ServiceID, on instance: InstanceID, at now: Time, _ catalogue: Catalogue,
        _ change: (inout ContextState) -> Void
    ) {
        let place = catalogue.place(of: service, on: instance)
        guard !ageLines.isEmpty else { return change(&contexts[place].state) }
        let before = fadingAge(of: service, on: instance, at: now, catalogue)
        change(&contexts[place].state)
        let after = fadingAge(of: service, on: instance, at: now, catalogue)
        if after.age > 0 { living.insert(service, on: instance) }
        ageLines[instance.index].replace(before, by: after, weight: contexts[place].recentRequests, at: now)
    }
}
