import EmberConfig
import Testing

/// A configuration with one thing wrong, and the whole message about it.
struct BadInput: CustomTestStringConvertible {
    let text: String
    let message: String

    init(_ text: String, _ message: String) {
        self.text = text
        self.message = message
    }

    var testDescription: String { message }
}

@Suite struct BadInputTests {
    @Test(arguments: valueProblems + structureProblems + crossProblems)
    func saysWhereWhatAndHow(_ input: BadInput) {
        #expect(TestReader().messages(input.text) == ["ember.yaml:\(input.message)"])
    }

    @Test func collectsAllProblemsInTheOrderOfTheFile() {
        let text = """
            listn: 127.0.0.1:1
            queue:
              limit: 0
              limit: -1
            models:
              m: {path: m.gguf, context: abc, parallel: x}
              n: {aliases: [m]}
            """
        let places = TestReader().messages(text).map { $0.split(separator: ":")[1...2].joined(separator: ":") }
        #expect(places == ["1:1", "4:3", "4:10", "6:30", "6:45", "7:3", "7:17"])
    }

    private static let upstreams = "upstreams: {u: {url: \"https://u/v1\"}, v: {url: \"https://v/v1\"}}\n"

    private static let valueProblems = [
        BadInput(
            "models:\n  smollm2:\n    path: x\n    context: abc\n",
            "4:14: models.smollm2.context: \"abc\" is not a number of tokens; write a positive integer such as 4096"
        ),
        BadInput(
            "models: {m: {path: x, context: 0}}",
            "1:32: models.m.context: \"0\" is out of the range 1 to 16777216; write a positive integer such as 4096"
        ),
        BadInput(
            "models: {m: {path: x, gpu_layers: 1.5}}",
            "1:35: models.m.gpu_layers: \"1.5\" is not a number of layers; write an integer from 0 such as 0"
        ),
        BadInput(
            "listen: 11500\n" + oneModel,
            "1:9: listen: \"11500\" has no port; write host:port or unix:/path such as 127.0.0.1:11500"
        ),
        BadInput(
            "max_body: 32mb\n" + oneModel,
            "1:11: max_body: \"32mb\" has an unclear unit; MiB counts in powers of 1024, MB of 1000; "
                + "write bytes such as 32MiB"
        ),
        BadInput(
            "max_body_of: {chat: 64MiB}\nbodies: {limit: 40MiB}\n" + oneModel,
            "2:17: bodies.limit: 41943040 bytes are less than one body may have, 67108864 bytes; raise it, or lower "
                + "max_body and max_body_of"
        ),
        BadInput(
            "bodies: {per_tenant: 20MiB}\n" + oneModel,
            "1:22: bodies.per_tenant: 20971520 bytes are less than one body may have, 33554432 bytes; raise it, or "
                + "lower max_body and max_body_of"
        ),
        BadInput(
            "budget: {day: 2}\nupstreams: {u: {url: \"https://u.example.com/v1\"}}\nmodels: {m: {upstream: u}}",
            "1:9: budget: has nothing to count by: no upstream has prices; write upstreams.u.prices: "
                + "{input: ..., output: ...} (a million tokens; 0 for what is free)"
        ),
        BadInput(
            "services: {s: {budget: {month: 2}}}\nupstreams: {u: {url: \"https://u.example.com/v1\"}}\n"
                + "models: {m: {path: x, cloud: {upstream: u}}}",
            "1:24: services.s.budget: has nothing to count by: no upstream has prices; write upstreams.u.prices: "
                + "{input: ..., output: ...} (a million tokens; 0 for what is free)"
        ),
        BadInput(
            "drain_timeout: 30\n" + oneModel,
            "1:16: drain_timeout: \"30\" is a duration without its unit; write a number and ms, s, m, h or d "
                + "such as 30s"
        ),
        BadInput(
            "memory: {budget: 120%}\n" + oneModel,
            "1:18: memory.budget: \"120%\" is not a share above 0% and at most 100%; write bytes or a share such as 60%"
        ),
        BadInput(
            "memory: {device: vram}\n" + oneModel,
            "1:18: memory.device: \"vram\" is not a device; write ram or gpu"
        ),
        BadInput(
            "models: {m: {path: x, idle_ttl: 0}}",
            "1:33: models.m.idle_ttl: \"0\" is ambiguous: at once or never?; "
                + "write never, or a number and ms, s, m, h or d such as 10m"
        ),
        BadInput(
            "models: {m: {path: x, pin: yes}}",
            "1:28: models.m.pin: \"yes\" is neither true nor false; write true or false"
        ),
        BadInput(
            "seed: -1\n" + oneModel,
            "1:7: seed: \"-1\" is not a seed; write an integer from 0 to 18446744073709551615 such as 1"
        ),
        BadInput(
            "services: {default: {vanishing: nan}}\n" + oneModel,
            "1:33: services.default.vanishing: \"nan\" is not a number of examples per second; "
                + "write a number from 0 to 1000000 such as 0.01"
        ),
        BadInput(
            "models: {m: {path: }}",
            "1:20: models.m.path: is nothing, not a path; write a path such as SmolLM2-135M-Instruct-Q4_1.gguf"
        ),
        BadInput(
            "models: {m: {path: \"${env.NOPE}\"}}",
            "1:20: models.m.path: the environment variable NOPE is not set; set it or write ${env.NOPE:-default}"
        ),
        BadInput(
            "models: {m: {path: \"${env.A B}\"}}",
            "1:20: models.m.path: \"A B\" is not the name of an environment variable; "
                + "use letters, digits and underscores as in ${env.NAME}"
        ),
        BadInput(
            "models: {m: {path: \"~bob/x\"}}",
            "1:20: models.m.path: the path begins with another user's home; "
                + "write an absolute path or one that begins with ~/"
        ),
        BadInput(
            "upstreams: {u: {url: ftp://x/v1}}\n" + oneModel,
            "1:22: upstreams.u.url: the value does not begin with http:// or https://; "
                + "write an http or https URL such as https://api.example.com/v1"
        ),
        BadInput(
            "models: {m: {command: [x, \"${port}\"], memory: 1GB, health: ready}}",
            "1:60: models.m.health: \"ready\" does not begin with a slash; write a path such as /health"
        ),
        BadInput(
            "models: {m: {path: x, accuracy: {table: [[1, 0.5], [0, 0.6]]}}}",
            "1:41: models.m.accuracy.table: has numbers of examples that do not increase from row to row; "
                + "write a list such as [[0, 0.7], [1, 0.73], [4, 0.89]]"
        ),
        BadInput(
            "models: {m: {path: x, accuracy: {table: [[1, 2]]}}}",
            "1:41: models.m.accuracy.table: has an accuracy above 1; "
                + "write a list such as [[0, 0.7], [1, 0.73], [4, 0.89]]"
        ),
    ]

    private static let structureProblems = [
        BadInput(
            "models:\n  m:\n    path: x\n    contxt: 1\n",
            "4:5: models.m.contxt: unknown key; did you mean context?"
        ),
        BadInput("modelsDir: x\n" + oneModel, "1:1: modelsDir: unknown key; did you mean models_dir?"),
        BadInput(
            "memory: {colour: red}\n" + oneModel,
            "1:10: memory.colour: unknown key; known here are budget, device, gpu_budgets, prefetch"
        ),
        BadInput(
            "memory: 8GiB\n" + oneModel, "1:9: memory: is a single value where a map of \"key: value\" lines belongs"
        ),
        BadInput(
            "models: {m: {path: x, args: -v}}",
            "1:29: models.m.args: is a single value, not a list; write a list such as [\"--no-mmap\"]"
        ),
        BadInput(
            "models: {m: {path: [x]}}",
            "1:20: models.m.path: is a list, not a path; write a path such as SmolLM2-135M-Instruct-Q4_1.gguf"
        ),
        BadInput(
            "models: {\"a b\": {path: x}}",
            "1:10: models: \"a b\" is not a name; use 1 to 200 letters, digits and . _ : / -"
        ),
        BadInput(
            "queue:\n  limit: 1\n  limit: 2\n" + oneModel,
            "3:3: queue.limit: is given twice (first on line 2); remove one"),
        BadInput("'queue': {}\n\"queue\": {}\n" + oneModel, "2:1: queue: is given twice (first on line 1); remove one"),
        BadInput(
            "models:\n  m: {path: x}\n  m: {path: y}\n", "3:3: models.m: is given twice (first on line 2); remove one"
        ),
        BadInput(
            "policy: !!int lru\n" + oneModel,
            "1:9: policy: has the YAML tag \"tag:yaml.org,2002:int\"; remove the tag"
        ),
        BadInput(
            "models: {m: &a {path: x}, n: {<<: *a, path: y}}",
            "1:31: models.n.<<: YAML's merge key is not supported; "
                + "write the keys out, or put what all models share under defaults:"),
        BadInput("", "1:1: no models are configured; add models: with a name and its path below it"),
        BadInput("models:\n", "1:8: models: has no model; add a name and its path below it"),
    ]

    private static let crossProblems = [
        BadInput(
            "models: {m: {path: x, command: [x, \"${port}\"], memory: 1GB}}",
            "1:23: models.m: has path and command, which exclude each other; keep one"
        ),
        BadInput(
            "models:\n  m: {context: 1}\n",
            "2:3: models.m: has none of path, command, upstream and lora; write path: FILE.gguf for llama-server"
        ),
        BadInput(
            "models: {m: {command: [x], memory: 1GB}}",
            "1:23: models.m.command: has neither ${socket} nor ${port}, so nothing can reach it; "
                + "pass one, such as \"--socket\", \"${socket}\""
        ),
        BadInput(
            "models: {m: {command: [x, \"${port}\"]}}",
            "1:10: models.m: has a command but no memory; write how much it uses, such as memory: 300MiB"
        ),
        BadInput(
            "models: {m: {command: [], memory: 1GB}}",
            "1:23: models.m.command: is too short a list; "
                + "write one such as [python3, worker.py, \"--socket\", \"${socket}\"]"
        ),
        BadInput(
            "models: {m: {path: x, health: /x}}",
            "1:31: models.m.health: has no effect on a model with path, only with command; remove it"
        ),
        BadInput(
            "models: {m: {path: x, gpus: [0, 2, 0]}}",
            "1:29: models.m.gpus: names GPU 0 twice; write each once"
        ),
        BadInput(
            "models: {m: {path: x, gpus: [0, 1], gpu_split: [3]}}",
            "1:48: models.m.gpu_split: has 1 shares for 2 GPUs; write one for each that gpus names"
        ),
        BadInput(
            "memory: {device: gpu, gpu_budgets: [80%, -1]}\n" + oneModel,
            "1:42: memory.gpu_budgets[1]: \"-1\" is neither a number of bytes nor a share; write bytes, a share or 0 "
                + "such as those in [80%, 6GiB]"
        ),
        BadInput(
            "models: {m: {path: x, pin: true, idle_ttl: 5m}}",
            "1:44: models.m.idle_ttl: contradicts pin: true, which keeps the model loaded; "
                + "remove idle_ttl or write pin: false"
        ),
        BadInput(
            "models: {m: {path: x, aliases: [n]}, n: {path: y}}",
            "1:33: models.m.aliases[0]: \"n\" is the name of a model; choose another alias"
        ),
        BadInput(
            "models: {m: {path: x, aliases: [q]}, n: {path: y, aliases: [p, q]}}",
            "1:64: models.n.aliases[1]: \"q\" is an alias of m too; remove one"
        ),
        BadInput(
            "upstreams: {cloudA: {url: \"https://a/v1\"}}\nmodels: {m: {upstream: cloudB}}",
            "2:24: models.m.upstream: \"cloudB\" is not a configured upstream; did you mean cloudA?"
        ),
        BadInput(
            "models: {m: {path: x, cloud: {upstream: u}}}",
            "1:41: models.m.cloud.upstream: \"u\" is not a configured upstream; add it under upstreams:"
        ),
        BadInput(
            upstreams + "models: {m: {path: x, cloud: {upstream: u}, fallbacks: [{upstream: v}, {upstream: u}]}}",
            "2:83: models.m.fallbacks[1].upstream: is asked for this model already; name another upstream"
        ),
        BadInput(
            upstreams + "models: {m: {path: x, cloud: {upstream: u}, fallbacks: [{upstream: v}, {upstream: v}]}}",
            "2:83: models.m.fallbacks[1].upstream: is asked for this model already; name another upstream"
        ),
        BadInput(
            "default_service: translate\n" + oneModel,
            "1:18: default_service: \"translate\" is not a configured service; configured are default"
        ),
        BadInput(
            "keys: [{key: k, service: x}]\n" + oneModel,
            "1:26: keys[0].service: \"x\" is not a configured service; configured are default"
        ),
        BadInput(
            "keys: [{name: x}]\n" + oneModel,
            "1:8: keys[0]: has neither key nor key_file; write key: ${env.NAME} or key_file: PATH"
        ),
        BadInput(
            "keys: [{key: k}, {key: k}]\n" + oneModel, "1:18: keys[1]: has the same key as an entry above; remove one"
        ),
        BadInput(
            "keys: [{key_file: k}]\n" + oneModel,
            "1:19: keys[0].key_file: the key file cannot be read: No such file or directory; "
                + "check its path and permissions"
        ),
        BadInput("upstreams: {u: {}}\n" + oneModel, "1:13: upstreams.u: has no url; write url: https://HOST/v1"),
        BadInput(
            "policy: least-context-gatd\n" + oneModel,
            "1:9: policy: \"least-context-gatd\" is not a policy; did you mean least-context-gated?"
        ),
        BadInput(
            "policy: lru:horizon=20\n" + oneModel,
            "1:9: policy: \"lru:horizon=20\" is not a policy; policy lru has no parameter \"horizon\"; it has none"
        ),
        BadInput(
            "listen: 0.0.0.0:11500\n" + oneModel,
            "1:9: listen: \"0.0.0.0:11500\" can be reached from other machines, but no keys are configured; "
                + "add keys, listen on 127.0.0.1 or set allow_unauthenticated: true"
        ),
        BadInput(
            "defaults: {aliases: [a]}\n" + oneModel,
            "1:21: defaults.aliases: would give several models the same names; write aliases in a model"
        ),
        BadInput(
            "models: {m: {path: x, idle_ttl: 5m}}\ndefaults: {pin: true}",
            "1:33: models.m.idle_ttl: contradicts pin: true by defaults, which keeps the model loaded; "
                + "remove idle_ttl or write pin: false"
        ),
        BadInput(
            "models: {m: {path: x, accuracy: {weight: 1}}}",
            "1:33: models.m.accuracy: has neither table nor zero_shot; write zero_shot: 0.4 or a table"
        ),
        BadInput(
            "defaults: {accuracy: {weight: 1}}\nmodels: {m: {path: x}}",
            "1:22: defaults.accuracy: has neither table nor zero_shot; write zero_shot: 0.4 or a table"
        ),
        BadInput(
            "defaults: {accuracy: {weight: 1}}\nmodels: {m: {path: x, accuracy: {weight: 2}}}",
            "2:33: models.m.accuracy: has neither table nor zero_shot; write zero_shot: 0.4 or a table"
        ),
        BadInput(
            "models: {m: {path: x, accuracy: {zero_shot: 1, table: [[0, 1]]}}}",
            "1:48: models.m.accuracy: has zero_shot and table, which exclude each other; keep one"
        ),
    ]
}
