/// Work on all cores, with results in an order that does not depend on them.
enum Workers {
    /// The results of the work of 0 ..< count, in that order; each a task of its own, at most `jobs` at a time.
    ///
    /// `progress` is called after each, one at a time. The first failure ends the rest.
    static func map<Value: Sendable, Failure: Error>(
        _ count: Int, jobs: Int, progress: (_ done: Int, _ all: Int) -> Void,
        _ work: @escaping @Sendable (Int) async throws(Failure) -> Value
    ) async throws(Failure) -> [Value] {
        var values = [Value?](repeating: nil, count: count)
        let failure = await withTaskGroup(of: (Int, Result<Value, Failure>).self) { group -> Failure? in
            var next = 0
            func start() {
                guard next < count else { return }
                let index = next
                group.addTask {
                    do throws(Failure) {
                        return (index, .success(try await work(index)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
                next += 1
            }
            for _ in 0..<min(max(1, jobs), count) { start() }
            var done = 0
            while let (index, result) = await group.next() {
                switch result {
                case .success(let value): values[index] = value
                case .failure(let failure):
                    group.cancelAll()
                    return failure
                }
                done += 1
                progress(done, count)
                start()
            }
            return nil
        }
        if let failure { throw failure }
        return values.compactMap { $0 }
    }
}
