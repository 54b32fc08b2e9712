import Foundation
import Testing

@testable import EmberCore

/// Arrival rates against their definition, worked out slot by slot.
@Suite struct ArrivalRateGoldens {
    /// m <- (1 - beta) m + beta R, over the weight that all slots so far have.
    private func mean(_ requests: [Double], _ beta: Double) -> Double {
        var (mean, weight) = (0.0, 0.0)
        for count in requests {
            mean = mean * (1 - beta) + beta * count
            weight = weight * (1 - beta) + beta
        }
        return weight > 0 ? mean / weight : 0
    }

    private func mean(_ requests: [Double], _ betas: [Double]) -> Double {
        betas.map { mean(requests, $0) }.reduce(0, +) / Double(betas.count)
    }

    /// Of a memory of 0.999, what came before the present is a thousandth of a sum of which the rest is taken off.
    private func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-11 * max(1, abs(b)) }

    @Test(arguments: [[0.04], [0.02, 0.54], [0.02, 0.06, 0.18, 0.54], [0.999, 0.001]])
    func ratesAreTheRunningMeans(betas: [Double]) {
        var lots = SeededGenerator(seed: 5)
        var rates = ArrivalRates(weights: betas, instances: 2)
        var past: [Double] = []
        // Long silences, so that sums are brought back to a growth of 1 many times, also where nothing comes.
        for slot in 0..<3000 {
            let isSilent = slot / 300 % 2 == 1 || lots.nextUnit() < 0.3
            rates.advance(to: Double(slot))
            #expect(isNear(rates.rateBefore(of: InstanceID(0)), mean(past, betas)), "slot \(slot)")
            #expect(isNear(rates.rate(of: InstanceID(0)), mean(past, betas)), "slot \(slot)")
            let count = isSilent ? 0 : 1 + Int(lots.nextUnit() * 20)
            if count > 0 {
                rates.count(1, of: InstanceID(0))
                rates.count(count - 1, of: InstanceID(0))
                let floor = rates.lowestRate(of: InstanceID(0), countsPresent: true)
                #expect(floor <= rates.rate(of: InstanceID(0)) * (1 + 1e-12))
                let floorBefore = rates.lowestRate(of: InstanceID(0), countsPresent: false)
                #expect(floorBefore <= rates.rateBefore(of: InstanceID(0)) * (1 + 1e-12) && floorBefore <= floor)
                #expect(isNear(rates.rateBefore(of: InstanceID(0)), mean(past, betas)), "slot \(slot)")
                #expect(isNear(rates.rate(of: InstanceID(0)), mean(past + [Double(count)], betas)), "slot \(slot)")
            }
            #expect(rates.rate(of: InstanceID(1)) == 0)
            past.append(Double(count))
        }
    }

    @Test func aClockThatLeapsForgets() {
        var rates = ArrivalRates(weights: [0.04, 0.5], instances: 1)
        rates.advance(to: 0)
        rates.count(1000, of: InstanceID(0))
        rates.advance(to: 1e9)
        #expect(rates.rate(of: InstanceID(0)) == 0)
        rates.count(3, of: InstanceID(0))
        #expect(isNear(rates.rate(of: InstanceID(0)), 3 * (0.04 + 0.5) / 2))
    }

    /// A period in n steps: as much fades in n of them as in one of its length, and n times a step's rate is a
    /// period's.
    @Test(arguments: [4.0, 16.0, 2.5])
    func aPeriodHasSteps(stepsPerPeriod: Double) {
        let betas = [0.02, 0.06, 0.18, 0.54]
        var lots = SeededGenerator(seed: 6)
        var rates = ArrivalRates(weights: betas, instances: 1)
        let stepBetas = betas.map { 1 - pow(1 - $0, 1 / stepsPerPeriod) }
        var past: [Double] = []
        for step in 0..<500 {
            rates.advance(to: Double(step), stepsPerPeriod: stepsPerPeriod)
            #expect(isNear(rates.rateBefore(of: InstanceID(0)), stepsPerPeriod * mean(past, stepBetas)), "step \(step)")
            let count = lots.nextUnit() < 0.4 ? 1 : 0
            if count > 0 { rates.count(1, of: InstanceID(0)) }
            past.append(Double(count))
            #expect(
                isNear(
                    rates.rate(of: InstanceID(0)), stepsPerPeriod * mean(count > 0 ? past : past.dropLast(), stepBetas))
            )
        }
    }
}
