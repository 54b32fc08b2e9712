import EmberCore
import EmberEngine
import EmberMetrics
import EmberSystem
import NIOCore
import Synchronization

/// What llama-servers have last said of themselves: read at intervals, never by a scrape, and only of those that have
/// worked since they were read last.
final class EngineReadings: Sendable {
    /// Of one engine.
    private struct Reading {
        let engine: any ResidentEngine
        let text: EngineText
        let at: TimeSource.Instant
        /// Requests that it had been given by then, and that it still ran.
        let begun: Int
        let running: Int
    }

    /// An engine that may be asked.
    private struct Candidate: Sendable {
        let model: String
        let engine: any ResidentEngine
        let begun: Int
        let running: Int
    }

    static let intervalSeconds = 10.0
    private static let patience = Duration.seconds(5)
    private static let largestAnswer = 256 << 10
    private static let prefix = "ember_engine_"
    private static let age = StateFamilies.gauge(
        "ember_engine_reading_age_seconds", "Seconds since the engine of a model was asked for what it counts itself.",
        ["model"])

    private let wire: WireClient
    private let time: TimeSource
    /// By model.
    private let readings = Mutex<[String: Reading]>([:])

    init(_ time: TimeSource, _ connector: WireConnector) {
        wire = WireClient(time: time, connector: connector)
        self.time = time
    }

    /// Reads at intervals until the task is cancelled.
    func follow(_ coordinator: Coordinator) async {
        while !Task.isCancelled {
            try? await time.sleep(for: .seconds(Self.intervalSeconds))
            await read(coordinator)
        }
    }

    /// Asks each engine that has worked since it was read last, and forgets those that are gone.
    func read(_ coordinator: Coordinator) async {
        let candidates = await coordinator.within { Self.candidates($0) }
        let known = readings.withLock { readings in
            readings = readings.filter { model, reading in
                candidates.contains { $0.model == model && $0.engine === reading.engine }
            }
            return readings
        }
        for candidate in candidates where !Task.isCancelled {
            let last = known[candidate.model]
            let isIdle = last?.begun == candidate.begun && last?.running == 0
            guard candidate.begun > 0, !isIdle, let text = await text(of: candidate.engine) else { continue }
            let reading = Reading(
                engine: candidate.engine, text: text, at: time.now, begun: candidate.begun, running: candidate.running)
            readings.withLock { $0[candidate.model] = reading }
        }
    }

    private static func candidates(_ coordinator: isolated Coordinator) -> [Candidate] {
        coordinator.engines.lives.indices.compactMap { index in
            let life = coordinator.engines.lives[index]
            guard let engine = life.engine, case .llamaServer? = life.startedFrom?.engine?.launch else { return nil }
            let instance = coordinator.edge[InstanceID(index)]
            return Candidate(
                model: coordinator.deployment.models[index].name, engine: engine, begun: instance.begun,
                running: instance.inFlight)
        }
    }

    /// nil where it does not say, or not in time.
    private func text(of engine: any ResidentEngine) async -> EngineText? {
        let bytes = await time.within(Self.patience) { [wire] () -> ByteBuffer? in
            guard let answer = try? await wire.get("/metrics", from: engine.baseURL), answer.head.status == .ok else {
                return nil
            }
            switch answer.content {
            case .whole(let body): return body
            case .pieces(let pieces):
                var body = ByteBuffer()
                while body.readableBytes < Self.largestAnswer, var piece = try? await pieces.next() {
                    body.writeBuffer(&piece)
                }
                return body
            }
        }
        return (bytes ?? nil).map { EngineText(String(buffer: $0)) }
    }

    /// Writes what was read, and how old it is.
    func write(_ registry: MetricRegistry, to exposition: inout Exposition) {
        let readings = readings.withLock { $0 }.sorted { $0.key < $1.key }
        exposition.write(
            Self.age, readings.map { (registry.labels(Self.age, $0.key), time.seconds(since: $0.value.at)) })
        var families: [(family: MetricFamily, samples: StateSamples.Samples)] = []
        for (model, reading) in readings {
            for sample in reading.text.samples {
                let family = MetricFamily(
                    Self.prefix + sample.name, sample.isCounter ? .counter : .gauge,
                    "As the engine of a model counts it itself: \(sample.original).", labels: ["model"])
                // Engines of other versions may count the same otherwise: the first one decides.
                let place = families.firstIndex { $0.family.name == family.name }
                if let place, families[place].family.kind != family.kind { continue }
                if place == nil { families.append((family, [])) }
                families[place ?? families.count - 1].samples.append((registry.labels(family, model), sample.value))
            }
        }
        for (family, samples) in families { exposition.write(family, samples) }
    }
}
