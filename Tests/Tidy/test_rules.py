"""Each rule of the tidy test on a small bad example, and on a good one beside it."""

import additions
import allowances
import declarations
import pages
import policies
import pytest
import rules
import seams
import sizes
import targets
import words
from project import Project

PACKAGE = """
    .target(name: "EmberCore"),
    .target(name: "EmberSim", dependencies: ["EmberCore", .product(name: "Heap", package: "collections")]),
"""
TABLE = """
## Targets
| target | one sentence | imports |
|---|---|---|
| `EmberCore` | The core | standard library |
| `EmberSim` | Runs | {imports} |

## Next
"""


def found(rule, texts, others=()):
    problems = rule(Project(texts, others))
    return [one for many in problems.values() for one in many] if isinstance(problems, dict) else list(problems)


def test_imports_of_the_core():
    path = "Sources/EmberCore/A.swift"
    problem, = found(targets.core_imports, {path: "// import B\n#if os(Linux)\nimport Glibc\n#endif\nimport Foundation\n"})
    assert problem.startswith(f"{path}:5: EmberCore imports Foundation; ")


def test_imports_of_targets():
    texts = {"Package.swift": PACKAGE, "Sources/EmberSim/A.swift": "import EmberCore\nimport Heap\nimport Foundation\n"}
    assert found(targets.arrows, texts) == []
    texts["Sources/EmberSim/B.swift"] = "internal import EmberServer\n"
    problem, = found(targets.arrows, texts)
    assert problem.startswith("Sources/EmberSim/B.swift:1: EmberSim imports EmberServer, which Package.swift does not give it; ")


@pytest.mark.parametrize("imports, problem", [
    ("Core, collections", None),
    ("collections", "EmberSim depends on EmberCore, which its row does not say"),
    ("Core", "the row of EmberSim names the packages [], Package.swift ['collections']"),
    ("Core, collections, Yams", "the row of EmberSim names the packages ['collections', 'yams']"),
])
def test_the_table_of_targets(imports, problem):
    problems = found(targets.drawn_arrows, {"Package.swift": PACKAGE, "ARCHITECTURE.md": TABLE.format(imports=imports)})
    assert [one for one in problems if problem and problem in one] if problem else not problems


def test_arrows_only_point_up():
    rows = TABLE.format(imports="Core, collections").splitlines()
    rows[4], rows[5] = rows[5], rows[4]
    problem, = found(targets.drawn_arrows, {"Package.swift": PACKAGE, "ARCHITECTURE.md": "\n".join(rows)})
    assert "EmberSim imports EmberCore, whose row stands below" in problem


def test_long_files():
    texts = {"Sources/a.swift": "a" * 20_001, "Sources/b.swift": "a" * 20_000, "docs/c.md": "a" * 30_000}
    assert list(sizes.long_files(Project(texts))) == ["Sources/a.swift"]


def test_long_functions():
    def function(lines):
        return "func f<A>(a: A = { 1 }()) -> A {\n" + "    x()\n" * (lines - 2) + "}\n"

    short, long = function(60), function(61)
    protocol = "protocol P { func g()\n}\n" + "\n" * 61
    texts = {"a.swift": short + protocol, "b.swift": long, "c.py": "def g():\n" + "    x()\n" * 60}
    assert sorted(sizes.long_functions(Project(texts))) == ["b.swift f", "c.py g"]
    assert "b.swift:1: f has 61 lines, 60 at most; " in found(sizes.long_functions, {"b.swift": long})[0]


def test_long_lines():
    words_of_text = "word " * 30
    link = "- [a](" + "x" * 130 + ")"
    good = f"| {words_of_text} |\n```\n{words_of_text}\n```\n{link}\n"
    assert found(sizes.long_lines, {"docs/a.md": good, "Benchmarks/results/b.md": words_of_text}) == []
    assert found(sizes.long_lines, {"docs/a.md": words_of_text})[0].startswith("docs/a.md:1: 150 columns, 120 at most")
    literal = 'let text = """\n' + words_of_text + '\n"""\n'
    assert found(sizes.long_lines, {"Sources/a.swift": literal}) == []
    assert len(found(sizes.long_lines, {"Sources/a.swift": "// " + words_of_text})) == 1


@pytest.mark.parametrize("code, effect", [
    ("let now = Date()", "Date("), ("ContinuousClock.now", "ContinuousClock.now"), ("try await Task.sleep(for: a)", "Task.sleep"),
    ("FileManager.default", "FileManager"), ("SystemRandomNumberGenerator()", "SystemRandomNumberGenerator"),
    ("Task { a() }", "Task {"), ("Task.detached(priority: .low) { a() }", "Task {"), ("DispatchQueue(label: a)", "DispatchQueue"),
    ("Int.random(in: 0..<4)", "SystemRandomNumberGenerator"), ("let a = b.wait(at: .now)", "Date("),
    ("import Subprocess", "Subprocess"), ("ClientBootstrap(group: a)", "sockets"), ("HTTPClient(a)", "sockets"),
    ("init(time: TimeSource = .system) {", "machine's own"), ("a(files: .system)", "machine's own"),
    ("let files = SystemFiles()", "machine's own"),
])
def test_direct_effects(code, effect):
    path = "Sources/EmberServer/A.swift"
    assert list(seams.direct_effects(Project({path: code}))) == [f"{path}: {effect}"]
    assert not seams.direct_effects(Project({path: f'// {code}\nlet a = "{code}"', "Tests/A.swift": code}))


def test_commands_name_the_machines_own():
    assert not seams.direct_effects(Project({"Sources/ember/A.swift": "run(surroundings: .system)"}))


@pytest.mark.parametrize("code", ["HTTPDate(a)", "x.Date()", "Date(timeIntervalSince1970: a)", "makeHTTPClient()", "NIODeadline.now()", "Int.random(in: 0..<4, using: &generator)", "group.addTask { a() }"])
def test_no_direct_effects(code):
    assert not seams.direct_effects(Project({"Sources/A.swift": code}))


POLICY = {
    policies.CATALOGUE: 'PolicyEntry("lru", "x") { _, _, _ in\n    Recent()\n}',
    "Sources/EmberCore/Policies/Recent.swift": "struct Recent: Policy {}",
    policies.ORACLE: 'POLICIES = {"lru": Recent}',
    "Tests/EmberCoreTests/Goldens/A.swift": 'policy("lru")',
    "README.md": "## Choosing what stays\n| policy | evicts |\n| `lru` | the oldest |\n## Next",
}


@pytest.mark.parametrize("path, text, problem", [
    ("README.md", "## Choosing what stays\n| `x` | y |\n## Next", "lacks lru"),
    (policies.ORACLE, 'POLICIES = {"lfu": Recent}', "lru is missing"),
    ("Tests/EmberCoreTests/Goldens/A.swift", "", "no golden for lru"),
    ("Sources/EmberCore/Policies/Other.swift", "struct Other: Policy {}", "Other (Sources/EmberCore/Policies/Other.swift) has no entry"),
    ("README.md", "## Choosing what stays\n| `lru`, `mru` | y |\n## Next", "mru is no policy"),
])
def test_policies(path, text, problem):
    assert found(policies.incomplete_policies, POLICY) == []
    assert any(problem in one for one in found(policies.incomplete_policies, POLICY | {path: text}))


def test_dead_declarations():
    code = "func used() {}\nfunc dead() {}\n// dead\nlet a = \"\\(used())\"\nswitch a {\ncase EAGAIN: break\n}\nprint(a)"
    assert list(declarations.dead_declarations(Project({"Sources/A.swift": code}))) == ["dead"]


def test_large_types():
    stored = "\n".join(f"    var a{index} = {index}" for index in range(12))
    computed = "    var sum: Int { a0 + a1 }\n    static let b = 1\n"
    methods = "\n".join(f"    func f{index}() {{ let a = 1 }}" for index in range(31))
    texts = {"Sources/T/A.swift": "struct A {\n" + stored + "\n" + computed + "}\n", "Sources/T/B.swift": "enum B {}\n"}
    assert found(declarations.large_types, texts) == []
    texts["Sources/T/A.swift"] = "struct A {\n" + stored + "\n    let last: Int\n" + computed + "}\n"
    texts["Sources/T/B+C.swift"] = "extension B {\n" + methods + "\n}\n"
    assert list(declarations.large_types(Project(texts))) == ["T A", "T B"]


def test_nested_types_own_their_members():
    text = "struct A {\n    struct B {\n        let a: Int\n    }\n    let b: Int\n}\n"
    members = {name: [one[2] for one in members] for name, _, members in declarations.types(text)}
    assert members == {"A": ["b"], "A.B": ["a"]}


def test_links():
    text = "# A b `c`\n[x](other.md#here) [x](#a-b-c) [long\ntext](https://example.org/y) `[x](z)`\n"
    texts = {"docs/a.md": text, "docs/other.md": "## Here"}
    assert found(pages.broken_links, texts) == []
    texts["docs/b.md"] = "[x](gone.md)\n[y](other.md#gone)\n[z](../pic.svg)"
    first, second = found(pages.broken_links, texts, ["pic.svg"])
    assert first.startswith("docs/b.md:1: the link gone.md leads nowhere")
    assert second.startswith("docs/b.md:2: docs/other.md has no heading #gone")


COMMANDS = {
    "Sources/ember/Ember.swift": "struct Ember: C {\n    static let configuration = CommandConfiguration(\n"
    "        subcommands: [RunCommand.self, DataCommand.self])\n}\n",
    "Sources/ember/DataCommand.swift": "struct DataCommand: C {\n"
    "    static let configuration = CommandConfiguration(subcommands: [Check.self])\n"
    "    struct Check: C {\n        @Flag var strict = false\n    }\n}\n",
    "Sources/ember/RunCommand.swift": "struct RunCommand: C {\n"
    '    @Option(help: "x (y)") var outputFile: String?\n    @OptionGroup var shared: SharedOptions\n}\n'
    'struct SharedOptions: P {\n    @Flag(name: .customLong("all"), help: "x")\n    var isAll = false\n}\n',
}


@pytest.mark.parametrize("text, problem", [
    ("`ember run --output-file x --all --help`", None),
    ("```sh\nember run --all   # --not this\n```", None),
    ("an `ember` is no command", None),
    ("`ember data check --strict`", None),
    ("`ember data --strict`", "`ember data` has no --strict"),
    ("`ember walk`", "no command `ember walk`"),
    ("`ember run --is-all`", "`ember run` has no --is-all"),
    ("```sh\nember run --gone\n```", "has no --gone"),
])
def test_commands(text, problem):
    problems = found(pages.unknown_commands, COMMANDS | {"docs/a.md": text})
    assert any(problem in one for one in problems) if problem else not problems


def test_make_targets():
    texts = {"Makefile": "test: ## x\n", "docs/a.md": "run `make test`, not\n```sh\nmake tset\n```\nand make do"}
    problem, = found(pages.unknown_make_targets, texts)
    assert problem.startswith("docs/a.md:3: the Makefile has no target tset")


def test_rule_numbers():
    texts = {rules.PAGE: "1. a (rule 2)\n2. b\n\n## Old numbers\n| 9 | 1 |\nrule 9", "Sources/A.swift": "// rules 1 and 2\n"}
    assert found(rules.unknown_rules, texts) == []
    problem, = found(rules.unknown_rules, texts | {"Sources/A.swift": "// rules 1 and 3\n"})
    assert problem.startswith("Sources/A.swift:1: docs/planner.md has no rule 3")
    assert "rule 3 stands where rule 2 belongs" in found(rules.unknown_rules, {rules.PAGE: "1. a\n3. b\n"})[0]


@pytest.mark.parametrize("text", [
    "Whoever asks waits.", "After so\n/// many tries", "the planner is\nnot told what is held", "It is looked whether a load pays",
    "what is held against it", "of late", "an upstream is left alone",
])
def test_old_words(text):
    problem, = found(words.old_words, {"Sources/A.swift": f"/// {text}"})
    assert problem.startswith("Sources/A.swift:1: '") and "is not plain; write " in problem


@pytest.mark.parametrize("text", [
    "Runs are told apart by seed.", "as many as so many as", "The planner receives events.", "so long as it lasts",
])
def test_plain_words(text):
    assert found(words.old_words, {"docs/a.md": text}) == []


@pytest.mark.parametrize("count, problem", [
    (2, None), (3, "says 3 files for a policy, Tests/Additions/policy.patch takes 2"),
])
def test_additions(count, problem):
    texts = {
        "ARCHITECTURE.md": f"## Where things go\n| to add | files |\n|---|---|\n| a policy | {count} |\n| a key | |\n## Next",
        "Tests/Additions/policy.patch": "Addition: a policy\n\ndiff --git a/x b/x\n+diff --git\ndiff --git a/y b/y\n",
    }
    problems = found(additions.miscounted_additions, texts)
    assert problem in problems[0] if problem else not problems
    texts["ARCHITECTURE.md"] = texts["ARCHITECTURE.md"].replace("| a key | |", "| a key | 4 |")
    assert "counts the files of a key, for which Tests/Additions has no patch" in found(additions.miscounted_additions, texts)[-1]


def test_lists_only_shrink():
    assert allowances.apply({"a": ["a is bad"]}, {"a"}, "x.txt") == []
    assert allowances.apply({"a": ["a is bad"]}, set(), "x.txt") == ["a is bad"]
    problem, = allowances.apply({}, {"a"}, "x.txt")
    assert problem == "Tests/Tidy/allowed/x.txt: 'a' is no longer needed; remove the line"
