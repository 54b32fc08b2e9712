"""Offline bounds: below every policy and the best schedule, equal to it where the program is exact; and their errors."""

import json
import os
import signal
import subprocess
import time

import pytest
from best_schedule import least_cost
from ember_binary import BINARY
from random_scenarios import write

SHARINGS, CONTEXTS = ("pairs", "instances"), ("lost", "kept")
TOLERANCE = 1e-6


@pytest.fixture
def bounded(rows, tmp_path):
    """Compares policies on a scenario with bounds; returns the rows by policy."""

    def run(scenario, policies="all", seeds=1):
        (tmp_path / "scenario.yaml").write_text(json.dumps(scenario))
        return rows(
            "compare", "--scenario", tmp_path / "scenario.yaml", "--policies", policies, "--seeds", seeds, "--bounds")

    return run


def random_scenario(number, folder, sharing, context):
    """A random small scenario in that reading, and what the oracle needs of it."""
    pairs, memory, _, matrix, _ = write(number, folder)
    scenario = json.loads((folder / "scenario.yaml").read_text()) | {"sharing": sharing, "context": {"retention": context}}
    # The bound knows no limit of energy, and is a bound all the same; here it is to be met.
    scenario.pop("energy", None)
    models = len(scenario["models"])
    owners = [p if sharing == "pairs" else p % models for p in range(len(pairs))]
    return scenario, pairs, owners, memory, matrix


# Two models for a memory that holds one: a saves 3, then b 5, then a 3 and 1; a load costs 2. All in the cloud: 12.
# a, b, a saves 3 + 5 + 4 and loads thrice: 12 - 12 + 6 = 6. a alone: 12 - 7 + 2 = 7. b, then a: 12 - 9 + 4 = 7.
def test_the_optimum_worked_by_hand(bounded, tmp_path):
    model = {"memory": 60, "costs": {"load": 2, "cloud": 1}}
    (tmp_path / "requests.csv").write_text("slot,service,model,requests\n0,s,a,3\n1,s,b,5\n2,s,a,3\n3,s,a,1\n")
    result = bounded({
        "slots": 4, "memory": {"budget": 100}, "services": {"s": {}}, "models": {"a": model, "b": model},
        "workload": {"kind": "file", "file": "requests.csv"},
    }, "cloud,lru", seeds=2)
    assert list(result) == ["cloud", "lru", "clairvoyant", "lower-bound"]
    assert result["lower-bound"]["total"] == pytest.approx(6 / 4, rel=TOLERANCE)
    assert result["clairvoyant"]["total"] == pytest.approx(6 / 4, rel=TOLERANCE)
    assert result["clairvoyant"]["loads"] == 3
    assert result["cloud"]["bound_ratio"] == pytest.approx(2, rel=TOLERANCE)
    assert result["cloud"]["bound_ratio.sd"] == pytest.approx(0, abs=TOLERANCE)
    assert {key for key, value in result["lower-bound"].items() if value is not None} == {
        "policy", "total", "total.sd"}


@pytest.mark.parametrize("sharing", SHARINGS)
@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("number", range(20))
def test_no_policy_costs_less(number, context, sharing, bounded, tmp_path):
    scenario, *_ = random_scenario(number, tmp_path, sharing, context)
    result = bounded(scenario, seeds=2)
    bound = result.pop("lower-bound")["total"]
    for policy, row in result.items():
        assert row["total"] >= bound - TOLERANCE * max(1, bound), policy
        if bound > 0:
            assert row["bound_ratio"] == pytest.approx(row["total"] / bound, rel=1e-3), policy


def tiny_scenario(number, folder, sharing, context, **changes):
    """At most 4 pairs and 6 slots, and models of the bounded form of accuracy, changed so."""
    scenario, pairs, owners, memory, matrix = random_scenario(number, folder, sharing, context)
    if len(pairs) > 4:
        return tiny_scenario(number + 1000, folder, sharing, context, **changes)
    slots = min(len(matrix), 6)
    lines = (folder / "requests.csv").read_text().splitlines(keepends=True)
    kept = [line for line in lines[1:] if int(line.split(",")[0]) < slots]
    (folder / "requests.csv").write_text("".join(lines[:1] + kept))
    bounded = {"zero_shot": 0.5, "gain": 0.1, "alpha": 1.0} | changes
    for model in scenario["models"].values():
        model["accuracy"] = {"weight": model["accuracy"]["weight"]} | bounded
    for pair in pairs:
        vars(pair).update({"table": None, "beta": None} | bounded)
    return scenario | {"slots": slots}, pairs, owners, memory, matrix[:slots]


@pytest.mark.parametrize("sharing", SHARINGS)
@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("number", range(5))
def test_it_is_the_optimum_where_context_has_no_effect(number, context, sharing, bounded, tmp_path):
    scenario, *rest, matrix = tiny_scenario(number, tmp_path, sharing, context, gain=0)
    optimum = least_cost(*rest, context == "kept", matrix)
    assert bounded(scenario, "cloud")["lower-bound"]["total"] == pytest.approx(optimum, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("sharing", SHARINGS)
@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("number", range(10))
def test_the_true_optimum_lies_between_bound_and_clairvoyant(number, context, sharing, bounded, tmp_path):
    scenario, *rest, matrix = tiny_scenario(number, tmp_path, sharing, context)
    optimum = least_cost(*rest, context == "kept", matrix)
    result = bounded(scenario, "cloud")
    slack = TOLERANCE * max(1, optimum)
    assert result["lower-bound"]["total"] - slack <= optimum <= result["clairvoyant"]["total"] + slack


# 15 models in 1,600 slots are too many for integers: the bound is the relaxed one, the clairvoyant is rounded.
def test_large_programs_are_relaxed(bounded):
    result = bounded({"base": "drift", "slots": 1600}, "ski-rental,lfu-gated,cloud")
    bound = result.pop("lower-bound")["total"]
    assert all(row["total"] > bound for row in result.values())
    assert min(result, key=lambda policy: result[policy]["total"]) == "clairvoyant"
    assert result["clairvoyant"]["bound_ratio"] < 1.06


# The solver's tolerances are absolute: prices of a billionth must not drown in them.
@pytest.mark.parametrize("factor", [1e-9, 1e8])
def test_the_unit_of_cost_does_not_matter(factor, bounded):
    def ratio(unit):
        costs = {"load": 4 * unit, "cloud": 0.082 * unit, "token": 2.2e-5 * unit}
        models = {f"m{size}": {"memory": f"{size}GB"} for size in (3, 7, 14, 30, 60, 65, 120)}
        result = bounded({
            "slots": 100, "memory": {"budget": "150GB"}, "services": {"s": {}}, "models": models,
            "defaults": {"costs": costs, "accuracy": {"weight": 0.025 * unit}},
        }, "ski-rental")
        return result["ski-rental"]["bound_ratio"]

    assert ratio(factor) == pytest.approx(ratio(1), rel=1e-5)


def test_the_same_bytes_on_any_number_of_cores(ember):
    arguments = ["compare", "--scenario", "bursty", "--policies", "cloud", "--seeds", 3, "--bounds", "--format", "csv"]
    assert len({ember(*arguments, "--jobs", jobs) for jobs in (1, 3)}) == 1


def test_one_run_has_bounds_too(ember):
    table = ember("simulate", "--scenario", "paper", "--policy", "ski-rental", "--bounds").splitlines()
    assert table[2].split() == ["ski-rental", "clairvoyant", "lower-bound"]
    assert len([line for line in table if line.startswith("system cost")][0].split()) == 2 + 3
    assert len([line for line in table if line.startswith("ratio to bound")][0].split()) == 3 + 2


def test_nothing_is_told_of_bounds_unless_asked(ember):
    for form in ("table", "csv", "json"):
        text = ember("compare", "--scenario", "paper", "--policies", "cloud", "--seeds", 1, "--format", form)
        assert "bound" not in text and "clairvoyant" not in text


# Errors

COMPARE = ["compare", "--scenario", "paper", "--policies", "cloud", "--seeds", "2", "--bounds"]


def solver(folder, script):
    path = folder / "highs"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_no_solver_is_told(ember, tmp_path):
    message = ember(*COMPARE, fails=True, EMBER_HIGHS="", PATH=str(tmp_path), EMBER_CACHE=str(tmp_path))
    assert "need the solver HiGHS, which was not found; run make setup" in message
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize("script, message", [
    ("echo the licence has run out; exit 3", "failed: the licence has run out"),
    ("exit 0", "failed: it said nothing"),
    ("printf 'Model status\\nInfeasible\\n' > solution", "failed: Infeasible"),
    ("printf 'Model status\\nOptimal\\n' > solution", "failed: Optimal"),
    ("printf 'Model status\\nTime limit reached\\n' > solution", "did not end within 7 s; allow more with --solver-seconds"),
    ("kill -9 $$", "failed: it said nothing"),
])
def test_a_failing_solver_is_told_and_leaves_no_files(script, message, ember, tmp_path):
    files = tmp_path / "files"
    files.mkdir()
    options = ["--solver", solver(tmp_path, script), "--solver-seconds", 7]
    told = ember(*COMPARE, *options, fails=True, TMPDIR=str(files))
    assert message in told.splitlines()[-1]
    assert list(files.iterdir()) == []


@pytest.mark.parametrize("arguments, variables, message", [
    (["--solver", "/no/highs"], {}, "--solver names /no/highs, which is no program"),
    ([], {"EMBER_HIGHS": "/"}, "EMBER_HIGHS names /, which is no program"),
    (["--solver-seconds", 0], {}, "--solver-seconds 0: write a number from 1"),
])
def test_bad_arguments_are_told(arguments, variables, message, ember):
    assert message in ember(*COMPARE, *arguments, fails=True, **variables)


def test_a_solver_without_bounds_is_told(ember):
    arguments = [argument for argument in COMPARE if argument != "--bounds"]
    assert "--solver means nothing without --bounds" in ember(*arguments, "--solver", "highs", fails=True)


def test_a_named_solver_may_lie_anywhere_below(ember, tmp_path):
    """A relative path starts where ember was started, not in the solver's own folder."""
    solver(tmp_path, "echo found; exit 1")
    assert "failed: found" in ember(*COMPARE, "--solver", "./highs", fails=True, cwd=tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_solver_and_removes_its_files(number, tmp_path):
    files = tmp_path / "files"
    files.mkdir()
    program = solver(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 60")
    process = subprocess.Popen(
        [BINARY, *COMPARE, "--solver", program, "--jobs", "1"], env={**os.environ, "TMPDIR": str(files)},
        stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not (tmp_path / "pid").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(number)
    assert "interrupted" in process.communicate(timeout=30)[1]
    assert process.returncode == 1
    assert list(files.iterdir()) == []
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
