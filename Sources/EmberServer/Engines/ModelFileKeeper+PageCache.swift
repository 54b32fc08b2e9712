import EmberCore
import EmberHardware

// What loads would have to read from the disk, as far as the kernel says.
extension ModelFileKeeper {
    /// Looks how much of the weights of absent models is in the page cache, and tells the planner where that has
    /// changed.
    func measurePageCache(for coordinator: isolated Coordinator) async {
        await measurePageCache(of: deployment.state.modelIDs.map(\.index), for: coordinator)
    }

    func measurePageCache(of models: [Int], for coordinator: isolated Coordinator) async {
        let files = models.compactMap { index in
            isAbsent(index, in: coordinator.edge) ? weights(of: index).map { (index: index, paths: $0) } : nil
        }
        guard !files.isEmpty else { return }
        let versions = files.map { deployment.models[$0.index].origin.version }
        // The kernel may be slow to answer for a large file.
        let shares = await queue.run {
            zip(files, versions).compactMap { file, version in
                PageCache.cachedShare(ofFiles: file.paths).map { (index: file.index, share: $0, version: version) }
            }
        }
        for (index, share, version) in shares where isAbsent(index, in: coordinator.edge) {
            // The id may mean another model by now.
            guard deployment.models[index].origin.version == version else { continue }
            guard isNews(share, beside: coordinator.edge.measured[index].cachedShare) else { continue }
            coordinator.handle(.weightsCached(ModelID(index), share: share))
        }
    }

    private func isAbsent(_ index: Int, in edge: EdgeState) -> Bool {
        isOwn(index) && edge.instances[index].phase == .absent
    }

    private func weights(of index: Int) -> [String]? {
        guard case .llamaServer(let options) = deployment.models[index].engine?.launch else { return nil }
        return options.weightFiles
    }

    /// Pages come and go all the time: what loads take does not follow each of them.
    private func isNews(_ share: Double, beside known: Double) -> Bool {
        abs(share - known) >= 0.05 || (share != known && (share == 0 || share == 1))
    }
}
