"""Planted faults without a build: where they stand, what they become, and what is reported of them."""

import sys

import pytest
from setup_helpers import PROJECT

sys.path.insert(0, str(PROJECT / "scripts/mutants"))

from ember_mutants import building, choosing, masking, modules, results, running, schemata, sites  # noqa: E402


def of(text):
    return {(site.kind, site.before, site.after) for site in sites.of("Sources/EmberCore/x.swift", text)}


@pytest.mark.parametrize("text, shown", [
    ('let a = "x + \\(b + "c") + d" + 1 // + 2', 'let a = "' + " " * 18 + '" + 1 '),
    ('let a = #"\\(b) " "# < c', 'let a = "'),
    ("a /* < */ < b", "a         < b"),
])
def test_comments_and_literals_are_no_code(text, shown):
    masked = masking.mask(text)
    assert len(masked) == len(text) and masked.startswith(shown) and "\\(" not in masked
    assert masking.mask("\n".join([text, text])).count("\n") == 1


def test_several_lines_of_a_literal_are_masked():
    masked = masking.mask('let a = """\n    x < y \\("z")\n    """ < b\nlet c = a < b')
    assert masked.count("<") == 2 and masked.count("\n") == 3


def test_what_can_be_planted():
    assert ("comparison", "<", "<=") in of("    return a < b")
    assert ("arithmetic", "*", "/") in of("    let price = tokens * answers")
    assert ("logic", "&&", "||") in of("    isReady = a && b")
    assert ("logic", "!", "") in of("    if !isReady { return }")
    assert ("constant", "16", "17") in of("    static let most = 16")
    assert ("constant", "true", "false") in of("    var isOpen = true")
    assert ("call", "min", "max") in of("    let least = min(a, b)")
    assert ("call", "note(key, problem)", "") in of("    }\n    note(key, problem)")
    assert ("condition", "depth == 0", "!(depth == 0)") in of("    guard let a, depth == 0 else { return }")


@pytest.mark.parametrize("text", [
    "func a<T>(b: Array<Int>) -> Int", "    let a = b.min()", "    return value", '    logger.info("a < b")', "    // a < b",
    "    init(a: Int) {\n        self.a = a", "    values.reserveCapacity(16)",
    "    static func + (a: Total, b: Total) -> Total {",
])
def test_what_cannot(text):
    assert of(text) == set()


def test_the_same_seed_draws_the_same_one_a_line():
    drawn = choosing.draw(PROJECT, [modules.named("EmberContext")], 3, 40)
    again = choosing.draw(PROJECT, [modules.named("EmberContext")], 3, 40)
    assert [one.site for one in drawn] == [one.site for one in again]
    assert [one.number for one in drawn] == list(range(1, 41))
    assert len({(one.site.path, one.site.line) for one in drawn}) == 40
    assert [one.site for one in drawn] != [one.site for one in choosing.draw(PROJECT, modules.ALL, 4, 40)]


def test_operators_of_faults_are_told_apart():
    names = [schemata.symbol(number) for number in (1, 2, 255, 256, 257, 5001)]
    assert len(set(names)) == len(names) and all(len(name) == 2 for name in names)
    assert [schemata.number_of(f"operator '{name}' cannot") for name in names] == [1, 2, 255, 256, 257, 5001]
    assert schemata.number_of("cannot find 'x' in scope") is None


def test_faults_are_planted_where_they_are():
    text = "let a = b < c\nreturn 5"
    found = sites.of("Sources/EmberCore/x.swift", text)
    core = modules.named("EmberCore")
    less = building.Mutant(1, next(site for site in found if site.after == "<="), core)
    five = building.Mutant(2, next(site for site in found if site.before == "5"), core)
    planted = schemata.planted(text, [less, five])
    assert planted.split("\n")[0] == f"let a = b {schemata.symbol(1)} c"
    assert planted.split("\n")[1] == f"return emberMutated(2, 5, {five.site.after})"
    helpers = schemata.helpers([less, five], knows_core=True, is_core=True)
    assert f"infix operator {schemata.symbol(1)} : ComparisonPrecedence" in helpers and "a <= b : a < b" in helpers


def test_a_fault_that_nobody_knows_is_refused():
    with pytest.raises(SystemExit, match="no such change"):
        choosing.given(PROJECT, ["Sources/EmberCore/Support/Bytes.swift:1:+:*"])


def test_the_report_counts_what_counts():
    def result(number, outcome, text):
        return results.Result(
            number, "Sources/EmberCore/x.swift", number, "logic", "&&", "||", text, "EmberCore", running.Verdict(outcome, "", 1.0))

    all_results = [
        result(1, running.FOUND, "a"), result(2, running.HUNG, "b"), result(3, running.LIVED, "c"), result(4, running.UNREACHED, "d")]
    excused = {("Sources/EmberCore/x.swift", "d", "&&", "||"): "It only saves time."}
    report = results.markdown(all_results, excused, "2026-01-01.")
    assert "4 faults were planted" in report and "67 % of those that count were found" in report
    assert "- EmberCore/x.swift:3, `&&` became `||` in `c`." in report
    assert "which no test reaches. It only saves time." in report
