import ArgumentParser
import Foundation

/// How a fit looks for the best values, and on which seeds.
struct FitSearchOptions: ParsableArguments {
    @Option(help: "How many values are tried.")
    var trials = 200

    @Option(help: "How many seeds each is run on.")
    var seeds = 10

    @Option(help: "The first of them; evaluate on others.")
    var firstSeed: UInt64 = 5001

    @Option(help: "The seed of the trials.")
    var seed: UInt64 = 1

    @Option(help: "Trials at the same time; by default as many as there are processor cores.")
    var jobs: Int?

    @Option(help: "On how many further seeds the result is checked.")
    var heldOut = 0

    var workers: Int { jobs ?? ProcessInfo.processInfo.activeProcessorCount }
    var fittedSeeds: [UInt64] { (0..<UInt64(seeds)).map { firstSeed &+ $0 } }
    /// Those behind them.
    var furtherSeeds: [UInt64] { (0..<UInt64(heldOut)).map { firstSeed &+ UInt64(seeds) &+ $0 } }

    func validate() throws {
        guard (1...1_000_000).contains(trials) else {
            throw ValidationError("--trials \(trials): write a number from 1 to 1000000")
        }
        guard (1...10_000).contains(seeds) else {
            throw ValidationError("--seeds \(seeds): write a number from 1 to 10000")
        }
        guard (0...10_000).contains(heldOut) else {
            throw ValidationError("--held-out \(heldOut): write a number from 0 to 10000")
        }
    }
}
