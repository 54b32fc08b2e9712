// What pairs hold, and its Age of Context: a pair's, and that of an instance that services share.
extension EdgeState {
    /// kappa of a pair now, in examples.
    public func ageOfContext(of pair: PairID) -> Double {
        let (service, model) = (catalogue.service(of: pair), catalogue.model(of: pair))
        return ageOfContext(of: service, on: catalogue.instance(service, model))
    }

    @inline(__always)
    func ageOfContext(of service: ServiceID, on instance: InstanceID) -> Double {
        fadingAge(of: service, on: instance, at: now).age
    }

    /// K of a pair: the demonstrations it holds, in examples.
    public func heldExamples(of pair: PairID) -> Double { contexts[catalogue.place(of: pair)].state.heldExamples }

    /// The instance's Age of Context: its services' kappa, each weighted by the service's recent share of requests.
    /// O(1) where its line has been drawn, else O(services that it serves). System model, "Sharing".
    public func ageOfContext(of instance: InstanceID) -> Double { ageOfContext(of: instance, at: now) }

    /// The same at an earlier instant, but for what has been served since.
    @inline(__always)
    func ageOfContext(of instance: InstanceID, at instant: Time) -> Double { fadingAge(of: instance, at: instant).age }

    /// The same with how fast it fades from then on at most, per second or slot, as long as nothing is asked of the instance:
    /// only those services' contexts fade that have not faded to nothing.
    @inline(__always)
    func fadingAge(of instance: InstanceID, at instant: Time) -> FadingAge {
        let services = catalogue.services(of: instance)
        guard services.count > 1 else {
            return fadingAge(of: ServiceID(services.lowerBound), on: instance, at: instant)
        }
        if !ageLines.isEmpty, let told = ageLines[instance.index].fadingAge(at: instant) { return told }
        return meanFadingAge(of: instance, at: instant)
    }

    /// Sees to it that the instance's age is told, from now on, without a look at its services' contexts, until one of them has
    /// faded to nothing. O(services / 64 + contexts that have not).
    mutating func drawAgeLine(of instance: InstanceID) {
        guard !ageLines.isEmpty, ageLines[instance.index].fadingAge(at: now) == nil else { return }
        var sums = AgeSums()
        for word in 0..<living.wordsEach {
            for service in living.services(ofWord: word, on: instance) {
                let context = fadingAge(of: service, on: instance, at: now)
                if context.age > 0 {
                    sums.add(context, weight: self[instance, service].recentRequests)
                } else {
                    living.remove(service, on: instance)
                }
            }
        }
        ageLines[instance.index].begin(sums, services: catalogue.services.count, at: now)
    }

    /// Changes what the instance holds of a service.
    mutating func changeContext(
        of service: ServiceID, on instance: InstanceID, _ change: (inout ContextState) -> Void
    ) {
        let place = catalogue.place(of: service, on: instance)
        guard !ageLines.isEmpty else { return change(&contexts[place].state) }
        let before = fadingAge(of: service, on: instance, at: now)
        change(&contexts[place].state)
        let after = fadingAge(of: service, on: instance, at: now)
        if after.age > 0 { living.insert(service, on: instance) }
        ageLines[instance.index].replace(before, by: after, weight: contexts[place].recentRequests, at: now)
    }

    /// Takes in that so many requests of the pair have arrived; only services that share an instance need be told apart.
    mutating func countRequests(_ count: Int, of service: ServiceID, on instance: InstanceID) {
        guard catalogue.hasSharedInstances else { return }
        if let fading = shares.restartIfNeeded(at: now) {
            for index in contexts.indices { contexts[index].recentRequests *= fading }
            for index in ageLines.indices { ageLines[index].scale(by: fading) }
        }
        let weight = Double(count) * shares.growth(at: now)
        self[instance, service].recentRequests += weight
        guard !ageLines.isEmpty else { return }
        ageLines[instance.index].add(weight, of: fadingAge(of: service, on: instance, at: now), at: now)
    }

    /// Contexts take in what was served in the slot, and age by one slot. O(pairs).
    mutating func endSlot() {
        energy?.endSlot()
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
    }

    /// The instances whose lines tell anything else than their contexts, but for rounding.
    func brokenAgeLines() -> [InstanceID] {
        ageLines.indices.map { InstanceID($0) }.filter { instance in
            guard let told = ageLines[instance.index].fadingAge(at: now) else { return false }
            let mean = meanFadingAge(of: instance, at: now)
            return abs(told.age - mean.age) > 1e-9 * max(1, mean.age)
                || abs(told.fadingPerSecond - mean.fadingPerSecond) > 1e-9 * max(1e-3, mean.fadingPerSecond)
        }
    }

    @inline(__always)
    private func fadingAge(of service: ServiceID, on instance: InstanceID, at instant: Time) -> FadingAge {
        let vanishing = catalogue[service].vanishing
        let kappa = self[instance, service].state.ageOfContext(at: instant, vanishing: fades ? vanishing : 0)
        return FadingAge(pair: SIMD2(kappa, kappa > 0 ? vanishing : 0))
    }

    /// Between the ends of slots nothing fades.
    private var fades: Bool { settings.time == .continuous }

    /// The mean over an instance's services.
    private func meanFadingAge(of instance: InstanceID, at instant: Time) -> FadingAge {
        let services = catalogue.services(of: instance)
        var (sums, weights) = (AgeSums(), 0.0)
        for service in services.lazy.map({ ServiceID($0) }) {
            let weight = self[instance, service].recentRequests
            weights += weight
            sums.add(fadingAge(of: service, on: instance, at: instant), weight: weight)
        }
        return sums.mean(weights: weights, services: services.count)
    }
}
