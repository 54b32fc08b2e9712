import EmberDocument

/// Checks what a scenario says of a trace, and finds its files.
struct TraceBuilder {
    let draft: TraceDraft
    let requestsPerSlot: Double?
    /// Of the workload.
    let path: SettingPath
    let folder: TraceFolder

    /// Nil when something is wrong, which goes to `reading`.
    func source(_ reading: inout Reading) -> TraceSource? {
        let before = reading.problems.issues.count
        guard let format = draft.format else {
            let formats = TraceFormat.allCases.map(\.rawValue).joined(separator: " or ")
            reading.report(path, "has no format; write one such as format: \(formats)")
            return nil
        }
        checkKeys(format, &reading)
        checkWindows(&reading)
        checkCount(format, &reading)
        let files = draft.files.enumerated().compactMap { file($0.element, at: $0.offset, format, &reading) }
        guard reading.problems.issues.count == before else { return nil }
        return TraceSource(
            files: files, slotSeconds: draft.slotSeconds, startSeconds: draft.start, windows: draft.windows,
            clients: draft.clients, pairing: draft.pairing, requestsPerSlot: requestsPerSlot,
            maxBadLines: draft.maxBadLines)
    }

    private func checkKeys(_ format: TraceFormat, _ reading: inout Reading) {
        for key in TraceTable.meaningless(to: format) where reading.isStated(path.appending(key)) {
            reading.report(path.appending(key), "means nothing to a trace of format \(format.rawValue); remove it")
        }
        guard draft.pairing == .named else { return }
        if format != .csv {
            reading.report(path.appending("pairs"), "\"named\" needs format: csv, which names models; write drawn")
        }
        if !draft.windows.isEmpty {
            reading.report(path.appending("windows"), "means nothing where the trace names the pairs; remove it")
        }
    }

    private func checkWindows(_ reading: inout Reading) {
        guard zip(draft.windows, draft.windows.dropFirst()).contains(where: { $0 >= $1 }) else { return }
        reading.report(path.appending("windows"), "is not in rising order; write the smallest first")
    }

    private func checkCount(_ format: TraceFormat, _ reading: inout Reading) {
        if draft.files.isEmpty {
            reading.report(path, "has no files; write the path of the trace such as files: requests.csv.gz")
        } else if draft.files.count > 1, format.requests == nil {
            reading.report(path.appending("files"), "has several files of rates; keep one")
        }
    }

    private func file(
        _ file: TraceFileDraft, at index: Int, _ format: TraceFormat, _ reading: inout Reading
    ) -> TraceFile? {
        let filePath = path.appending("files").appending(index: index)
        guard let name = file.file else {
            reading.report(filePath, "has no file; write its path such as file: requests.csv.gz")
            return nil
        }
        if file.service != nil, format.requests?.namesServices ?? true {
            reading.report(
                filePath.appending("service"), "means nothing to format \(format.rawValue), which tells; remove it")
        }
        do throws(ScenarioError) {
            let key = path.appending("files").description
            let found = try folder.path(of: name, at: reading.place(of: filePath), key: key)
            return TraceFile(format: format, path: found, service: file.service ?? format.rawValue)
        } catch {
            reading.problems.issues += error.issues
            return nil
        }
    }
}
