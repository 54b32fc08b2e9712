import EmberMetrics
import EmberSystem
import Hummingbird
import NIOCore

/// /metrics: what is counted, in Prometheus' text format or in OpenMetrics. It asks no engine and no driver.
struct MetricsRoutes {
    private let coordinator: Coordinator
    private let keeper: ContextKeeper?
    private let bodies: BodyStore
    private let connections: ConnectionTable
    private let engines: EngineReadings
    /// Text for thousands of series is no work for a connection's thread, and reading the kernel's files is none.
    private let queue: WorkQueue

    init(
        coordinator: Coordinator, keeper: ContextKeeper?, bodies: BodyStore, connections: ConnectionTable,
        engines: EngineReadings
    ) {
        self.coordinator = coordinator
        self.keeper = keeper
        self.bodies = bodies
        self.connections = connections
        self.engines = engines
        queue = coordinator.surroundings.queue("ember.metrics", isUrgent: false)
    }

    func add(to router: Router<EmberRequestContext>) {
        router.get("/metrics") { request, _ in
            guard let meters = coordinator.meters, meters.isOn else { throw Self.switchedOff }
            let format = ExpositionFormat(accept: request.headers[.accept] ?? "")
            let snapshot = await coordinator.within { MetricsSnapshot($0) }
            let text = await queue.run { self.text(snapshot, meters.registry, format) }
            return Response(
                status: .ok, headers: [.contentType: format.contentType, .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(bytes: text)))
        }
    }

    func text(_ snapshot: MetricsSnapshot, _ registry: MetricRegistry, _ format: ExpositionFormat) -> [UInt8] {
        var exposition = Exposition(format)
        registry.write(to: &exposition)
        let samples = StateSamples(registry: registry)
        samples.write(snapshot, to: &exposition)
        samples.write(bodies.view, to: &exposition)
        samples.write(connections.view, to: &exposition)
        if let keeper { samples.write(keeper.view, to: &exposition) }
        samples.write(ProcessFigures(), to: &exposition)
        engines.write(registry, to: &exposition)
        return exposition.finish()
    }

    private static var switchedOff: APIError {
        .notFound(
            "Metrics are switched off (metrics.enabled: false); remove that line from the configuration.",
            code: "metrics_off")
    }
}
