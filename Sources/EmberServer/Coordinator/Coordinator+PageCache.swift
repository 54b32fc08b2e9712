import Dispatch
import EmberCore
import EmberHardware

// What loads would have to read from the disk, as far as the kernel tells.
extension Coordinator {
    /// Looks how much of the weights of absent models is in the page cache, and tells the planner where that has changed.
    func measurePageCache() async { await measurePageCache(of: Array(deployment.models.indices)) }

    func measurePageCache(of models: [Int]) async {
        let files = models.compactMap { index in
            isAbsent(index) ? weights(of: index).map { (index: index, paths: $0) } : nil
        }
        guard !files.isEmpty else { return }
        for (index, share) in await Self.cachedShares(of: files) where isAbsent(index) {
            guard isNews(share, beside: planner.edge.measured[index].cachedShare) else { continue }
            handle(.weightsCached(ModelID(index), share: share))
        }
    }

    private func isAbsent(_ index: Int) -> Bool {
        deployment.instance(of: ModelID(index)).index == index && planner.edge.instances[index].phase == .absent
    }

    private func weights(of index: Int) -> [String]? {
        guard case .llamaServer(let options) = deployment.models[index].engine?.launch else { return nil }
        return options.weightFiles
    }

    /// Pages come and go all the time: what loads take does not follow each of them.
    private func isNews(_ share: Double, beside known: Double) -> Bool {
        abs(share - known) >= 0.05 || (share != known && (share == 0 || share == 1))
    }

    /// The kernel may be slow to answer for a large file, so that this is done beside the way of requests.
    private static func cachedShares(
        of files: [(index: Int, paths: [String])]
    ) async -> [(index: Int, share: Double)] {
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                continuation.resume(
                    returning: files.compactMap { file in
                        PageCache.cachedShare(ofFiles: file.paths).map { (file.index, $0) }
                    })
            }
        }
    }
}
