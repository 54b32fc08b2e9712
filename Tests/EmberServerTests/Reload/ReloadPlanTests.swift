import EmberConfig
import Testing

@testable import EmberServer

/// What another configuration makes of a server, found out from the two configurations alone.
@Suite struct ReloadPlanTests {
    private let source: DeploymentSource

    init() throws { source = try DeploymentSource() }

    private func plan(from old: String, to new: String) throws -> ReloadPlan {
        ReloadPlan(from: try source.configuration(old), to: try source.configuration(new))
    }

    private static let base = """
        upstreams: {sky: {url: "https://sky.example/v1"}}
        models:
          a: {command: [w, "${port}"], memory: 1MiB}
          b: {command: [x, "${port}"], memory: 1MiB, cloud: {upstream: sky, model: big}}
          c: {upstream: sky, upstream_model: huge}
        """

    @Test func theSameConfigurationChangesNothing() throws {
        let plan = try plan(from: Self.base, to: "# a comment\n" + Self.base)
        #expect(plan.isEmpty && plan.problem == nil)
        #expect(plan.models.stays == ["a", "b", "c"])
    }

    @Test func modelsAreToldApart() throws {
        let plan = try plan(
            from: """
                models:
                  stays: {command: [w, "${port}"], memory: 1MiB}
                  renamed: {command: [w, "${port}"], memory: 1MiB}
                  pinned: {command: [w, "${port}"], memory: 1MiB}
                  other: {command: [w, "${port}"], memory: 1MiB}
                  wide: {command: [w, "${port}"], memory: 1MiB}
                  env: {command: [w, "${port}"], memory: 1MiB}
                """,
            to: """
                models:
                  env: {command: [w, "${port}"], memory: 1MiB, env: {A: b}}
                  stays: {command: [w, "${port}"], memory: 1MiB}
                  new: {command: [w, "${port}"], memory: 1MiB}
                  pinned: {command: [w, "${port}"], memory: 2MiB, pin: true, aliases: [p]}
                  other: {command: [y, "${port}"], memory: 1MiB}
                  wide: {command: [w, "${port}"], memory: 1MiB, parallel: 7}
                """)
        #expect(plan.models.stays == ["stays"] && plan.models.changes == ["pinned"])
        #expect(plan.models.restarts == ["env", "other", "wide"])
        #expect(plan.models.appears == ["new"] && plan.models.goes == ["renamed"])
        #expect(plan.problem == nil && !plan.isEmpty)
    }

    /// A model's upstream, and all models' prices, are said elsewhere.
    @Test func whatIsSaidElsewhereCounts() throws {
        let dearer = Self.base.replacing("/v1\"}", with: "/v1\", prices: {input: 1, output: 2}}")
        let plan = try plan(from: Self.base, to: dearer)
        #expect(plan.upstreams.changes == ["sky"])
        #expect(plan.models.stays == ["a"] && plan.models.changes == ["b", "c"])
    }

    @Test func aModelOfAnotherPlaceIsAnother() throws {
        let plan = try plan(
            from: Self.base,
            to: Self.base.replacing(
                "c: {upstream: sky, upstream_model: huge}",
                with: """
                    c: {command: [w, "${port}"], memory: 1MiB}
                    """))
        #expect(plan.models.restarts == ["c"])
    }

    @Test func variantsGoWithTheirBase() throws {
        func text(_ path: String, _ lora: String, base: String = "m") throws -> String {
            for name in [path, "n.gguf", lora] { try source.files.write([], to: "cache/models/\(name)") }
            return """
                models:
                  m: {path: \(path)}
                  n: {path: n.gguf}
                  v: {lora: \(lora), base: \(base)}
                """
        }
        let first = try text("m.gguf", "v.gguf")
        // The base is started with another file, and the variant runs on that.
        var plan = try plan(from: first, to: text("other.gguf", "v.gguf"))
        #expect(plan.models.restarts == ["m"] && plan.models.changes == ["v"] && plan.models.stays == ["n"])
        // Another adapter needs another engine of the base.
        plan = try self.plan(from: first, to: text("m.gguf", "w.gguf"))
        #expect(plan.models.restarts == ["m"] && plan.models.changes == ["v"])
        // On another base it is another model.
        plan = try self.plan(from: first, to: text("m.gguf", "v.gguf", base: "n"))
        #expect(plan.models.restarts == ["m", "n", "v"])
    }

    @Test func keysServicesAndSettingsAreNamed() throws {
        let model = "models: {a: {command: [w, \"${port}\"], memory: 1MiB}}\n"
        let plan = try plan(
            from: model + """
                keys: [{key: one-key, name: eva}, {key: two-key, name: tom}, {key: three, name: ida}]
                services: {x: {}, y: {}}
                """,
            to: model + """
                keys: [{key: one-key, name: eva}, {key: other-key, name: tom}, {key: four, name: max}]
                services: {x: {deadline: 3s}, z: {}}
                memory: {budget: 3GiB, prefetch: never}
                queue: {limit: 7}
                policy: lru
                budget: {day: 3}
                upstream_order: cheapest
                default_service: z
                """)
        #expect(plan.keys.changes == ["tom"] && plan.keys.appears == ["max"] && plan.keys.goes == ["ida"])
        #expect(plan.services.changes == ["x"] && plan.services.appears == ["z"] && plan.services.goes == ["y"])
        #expect(
            plan.settings == [
                "memory.budget", "memory.prefetch", "queue", "policy", "budget", "upstream_order", "default_service",
            ])
        #expect(plan.onlyAtStart == [] && plan.problem == nil)
    }

    @Test(arguments: [
        ("listen: 127.0.0.1:9", "listen"), ("max_body: 1MiB", "max_body"), ("memory: {device: gpu}", "memory.device"),
        ("llama_server: /x", "llama_server"), ("models_dir: /x", "models_dir"), ("events: {record: true}", "events"),
        ("connections: {limit: 9}", "connections"), ("drain_timeout: 1s", "drain_timeout"),
        ("context: {state_limit: 2GiB}", "context"), ("weights: {money: 3}", "weights"), ("seed: 7", "seed"),
        ("energy: {price: 1}", "energy"), ("keys: [{key: a-key, name: eva}]", "keys (from none to some, or back)"),
        ("services: {x: {context: given}}", "services.*.context (from off everywhere to on, or back)"),
    ])
    func whatIsReadOnlyAtTheStartIsNamed(line: String, key: String) throws {
        let model = "models: {a: {command: [w, \"${port}\"], memory: 1MiB}}\n"
        let plan = try plan(from: model, to: model + line)
        #expect(plan.onlyAtStart == [key])
        #expect(plan.problem?.contains(key) == true && plan.lines.last?.contains(key) == true)
    }
}
