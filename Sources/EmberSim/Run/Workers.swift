/// Work on all cores, with results in an order that does not depend on them.
enum Workers {
    /// The results of the work of 0 ..< count, in that order; each a task of its own, at most `jobs` at a time.
    ///
    /// `progress` is told of each that has ended, one after the other.
    static func map<Result: Sendable>(
        _ count: Int, jobs: Int, progress: (_ done: Int, _ all: Int) -> Void,
        _ work: @escaping @Sendable (Int) -> Result
    ) async -> [Result] {
        var results = [Result?](repeating: nil, count: count)
        await withTaskGroup(of: (Int, Result).self) { group in
            var next = 0
            func start() {
                guard next < count else { return }
                let index = next
                group.addTask { (index, work(index)) }
                next += 1
            }
            for _ in 0..<min(max(1, jobs), count) { start() }
            var done = 0
            while let (index, result) = await group.next() {
                results[index] = result
                done += 1
                progress(done, count)
                start()
            }
        }
        return results.compactMap { $0 }
    }
}
