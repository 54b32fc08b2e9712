import EmberCore
import EmberStore
import Foundation

// Adds demonstrations to the store of a folder until it is killed, and writes the request of each that was acknowledged
// on a line. Others are learned in between, and rated, so that the kill meets batches and changes too.

let folder = CommandLine.arguments[1]
let round = CommandLine.arguments[2]

/// All its parts follow from its prompt, so that half of one differs from a whole one.
func content(_ request: String, length: Int) -> DemonstrationContent {
    let prompt = request + String(repeating: "-", count: length)
    return DemonstrationContent(
        service: "crash", model: nil, prompt: prompt, result: String(prompt.reversed()),
        tokens: ["m": prompt.utf8.count], origin: .edge, time: 0, request: request,
        embedding: Embedding(vector: prompt.utf8.map(Float.init), embedder: "minilm"))
}

var limits = StoreLimits()
limits.flushInterval = .milliseconds(3)
limits.entriesPerService = .max
limits.bytesPerService = .mebibytes(1 << 20)
let store = try await ContextStore.open(folder: folder, limits: limits, surroundings: .system) {
    FileHandle.standardError.write(Data($0.utf8))
}
for number in 0... {
    let request = "added-\(round)-\(number)"
    // Long ones fill pages of their own.
    try await store.add(content(request, length: number * 37 % 3000), tenant: "ann")
    FileHandle.standardOutput.write(Data((request + "\n").utf8))
    for part in 0..<5 {
        try store.learn(content("learned-\(round)-\(number)-\(part)", length: part * 50), tenant: "ann")
    }
    _ = try await store.rate(request: request, tenant: "ann", quality: 0.5)
}
