import Synchronization

/// Runs the jobs of tasks only when its test says so, and in an order that a seed decides.
package final class HandExecutor: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    package init() {}

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    package var waiting: Int { jobs.withLock { $0.count } }

    /// Runs jobs, one after the other, until none is left.
    package func run(_ random: inout some RandomNumberGenerator) {
        while let job = next(&random) { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    private func next(_ random: inout some RandomNumberGenerator) -> UnownedJob? {
        let choice = random.next()
        return jobs.withLock { jobs in
            jobs.isEmpty ? nil : jobs.remove(at: Int(choice % UInt64(jobs.count)))
        }
    }
}

/// As a seed has it (SplitMix64).
package struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
