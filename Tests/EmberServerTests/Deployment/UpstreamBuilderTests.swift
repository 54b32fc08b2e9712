import Testing

@testable import EmberServer

@Suite struct UpstreamBuilderTests {
    private let source: DeploymentSource

    init() throws { source = try DeploymentSource() }

    @Test func remoteAndCloudBecomeTargets() throws {
        let deployment = try source.deployment(
            """
            upstreams:
              cloudA: {url: "https://api.example.com/v1/", timeout: 1m, hedge: 2s}
            models:
              far: {upstream: cloudA, upstream_model: gpt-4o-mini}
              near: {command: [w, "${port}"], memory: 1MiB, cloud: {upstream: cloudA, model: big}}
              same: {command: [w, "${port}"], memory: 1MiB, cloud: {upstream: cloudA}}
            """)
        let far = deployment.models[0]
        #expect(far.engine == nil)
        #expect(far.spec.placement == .cloud)
        #expect(far.clouds.first?.model == "gpt-4o-mini")
        #expect(far.clouds.first?.upstream.name == "cloudA")
        #expect(far.clouds.first?.upstream.timeoutSeconds == 60)
        #expect(far.clouds.first?.hedgeSeconds == 2)
        #expect(
            far.clouds.first?.upstream.url(path: "/v1/embeddings") == "https://api.example.com/v1/embeddings")
        #expect(deployment.models[1].engine != nil)
        #expect(deployment.models[1].spec.placement == .edge)
        #expect(deployment.models.map { $0.clouds.first?.model } == ["gpt-4o-mini", "big", "same"])
    }

    private func builder(_ text: String, environment: [String: String] = [:]) throws -> UpstreamBuilder {
        UpstreamBuilder(try source.configuration(text).cloud.upstreams, environment: environment)
    }

    private static let two = """
        upstreams:
          near: {url: "http://127.0.0.1:9/v1"}
          far: {url: "https://api.example.com/v1", prices: {input: 1, output: 2}}
        models:
          m: {upstream: far, fallbacks: [{upstream: near}]}
        """

    @Test func fallbacksComeInTheirOrder() throws {
        let configuration = try source.configuration(Self.two)
        let targets = try builder(Self.two).targets(of: configuration.models[0])
        #expect(targets.map(\.upstream.name) == ["far", "near"])
        #expect(targets.map { $0.prices != nil } == [true, false])
    }

    /// A bad proxy keeps the models of its upstream from being served. If no model uses the upstream, only the check
    /// fails.
    @Test func aWayThatCannotBeIsToldWithItsUpstream() throws {
        let environment = ["https_proxy": "ftp://proxy"]
        let configuration = try source.configuration(Self.two)
        let builder = try builder(Self.two, environment: environment)
        let error = #expect(throws: DeploymentError.self) { try builder.targets(of: configuration.models[0]) }
        #expect(error?.description.hasPrefix("upstreams.far: ") == true)
        let unused = Self.two.replacing("upstream: far, fallbacks: [{upstream: near}]", with: "upstream: near")
        let other = try self.builder(unused, environment: environment)
        #expect(try other.targets(of: source.configuration(unused).models[0]).count == 1)
        #expect(throws: DeploymentError.self) { try other.check() }
        #expect(throws: Never.self) { try self.builder(unused).check() }
    }
}
