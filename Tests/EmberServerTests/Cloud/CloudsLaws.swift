import EmberCore
import EmberEngine
import Foundation
import Logging
import Testing

@testable import EmberServer

/// Whatever upstreams do, and whatever they charge within what was asked of them, no budget is exceeded.
@Suite struct CloudsLaws {
    private struct Sent {
        let reservation: CloudReservation
        let size: CloudRequestSize
        var tried: Set<String>
    }

    private let services = ["a", "b", "c"]
    private let targets = ["sky", "moon", "sun"].enumerated().map { index, name in
        CloudTarget(
            upstream: RemoteEngine(name: name, baseURL: "http://127.0.0.1:1/v1", key: nil, timeoutSeconds: 1),
            model: "m",
            prices: TokenPrices(input: Double(index), output: 10 * Double(3 - index), maxTokens: 100))
    }

    /// `EMBER_TEST_SEEDS` makes more of them in soak runs.
    private static let seeds = 20 * (ProcessInfo.processInfo.environment["EMBER_TEST_SEEDS"].flatMap(Int.init) ?? 1)

    @Test(arguments: 1...seeds)
    func noBudgetIsExceeded(seed: Int) {
        var lots = SeededGenerator(seed: UInt64(seed))
        var budgets = CloudBudgets()
        budgets.order = seed % 2 == 0 ? .cheapest : .listed
        budgets.limit(nil, day: 0.05, month: 1)
        budgets.limit("a", day: 0.01, month: nil)
        var clouds = Clouds(
            budgets, SpendingFile(stateFolder: nil, logger: Logger(label: "test"), surroundings: .system), time: .system
        )
        var (sent, charged, refused) = ([Sent](), [String: Double](), 0)
        for step in 0..<5000 {
            let now = Time(seconds: Double(step) / 10)
            if lots.nextUnit() < 0.6 {
                let size = CloudRequestSize(
                    mostInputTokens: Int(1000 * lots.nextUnit()),
                    maxTokens: lots.nextUnit() < 0.5 ? nil : Int(200 * lots.nextUnit()))
                let service = services[Int(3 * lots.nextUnit())]
                guard case .success(let reservation)? = clouds.reserve(targets, service: service, size, at: now) else {
                    refused += 1
                    continue
                }
                clouds.willSend(reservation, at: now)
                sent.append(Sent(reservation: reservation, size: size, tried: []))
            } else if !sent.isEmpty {
                end(
                    sent.remove(at: Int(Double(sent.count) * lots.nextUnit())), &clouds, &sent, &charged, at: now, &lots
                )
            }
            let spent = charged.values.reduce(0, +)
            #expect(spent <= 0.05 + 1e-9 && charged["a", default: 0] <= 0.01 + 1e-9, "seed \(seed), step \(step)")
            #expect(clouds.view(at: now).spentToday <= 0.05 + 1e-9)
        }
        #expect(refused > 0 && charged.count == 3, "the budgets were met, and everyone was served")
    }

    /// An answer, an error that costs nothing, or a failure whose cost is unknown, after which another
    /// upstream is asked.
    private func end(
        _ request: Sent, _ clouds: inout Clouds, _ sent: inout [Sent], _ charged: inout [String: Double], at now: Time,
        _ lots: inout SeededGenerator
    ) {
        let (target, service) = (request.reservation.target, request.reservation.service)
        let worst = request.reservation.amount
        let kind = lots.nextUnit()
        if kind < 0.5 {
            let price = worst * lots.nextUnit()
            clouds.note(target.upstream.name, nil, at: now)
            clouds.settle(request.reservation, spent: price)
            charged[service, default: 0] += price
        } else if kind < 0.6 {
            clouds.settle(request.reservation, spent: nil)
        } else {
            let isBilled = kind < 0.8
            clouds.note(target.upstream.name, isBilled ? .broken : .busy(retryAfterSeconds: 1), at: now)
            clouds.settle(request.reservation, spent: isBilled ? worst : 0)
            if isBilled { charged[service, default: 0] += worst }
            let tried = request.tried.union([target.name])
            let next = clouds.reserve(targets, service: service, request.size, except: tried, at: now)
            guard case .success(let reservation)? = next else { return }
            #expect(!tried.contains(reservation.target.name))
            clouds.willSend(reservation, at: now)
            sent.append(Sent(reservation: reservation, size: request.size, tried: tried))
        }
    }
}
