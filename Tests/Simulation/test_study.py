"""The studies and fits run from end to end; what they find is for `make study`."""

import pathlib
import subprocess
import sys

from ember_binary import BINARY

ROOT = pathlib.Path(__file__).parents[2]


def test_a_quick_study_has_every_section():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/study/study.py", "--binary", BINARY, "--quick", "--only", "ingredients,figure"],
        capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert "## What ingredients are worth" in done.stdout
    assert "| TriviaQA | 64.3 | 68.0 | 71.2 | 64.3 |" in done.stdout
    assert "## Trends" not in done.stdout


def test_a_fit_tells_what_it_found(ember):
    arguments = ["fit", "--scenario", "drift", "--set", "slots=40", "--policy", "ski-rental", "--vary", "share=0.1..5",
                 "--trials", 16, "--seeds", 2]
    first = ember(*arguments)
    assert first.splitlines()[-1].startswith("ski-rental:share=")
    # The same on one core and on two.
    assert ember(*arguments, "--jobs", 1) == first == ember(*arguments, "--jobs", 2)


def test_what_cannot_be_fitted_is_told(ember):
    assert "has no published figures" in ember("fit", "--scenario", "drift", "--vary", "memory.budget=100GB..200GB", fails=True)
    assert "it has none" in ember(
        "fit", "--scenario", "drift", "--policy", "lru", "--vary", "horizon=1..2", fails=True)
    assert "is no range" in ember("fit", "--scenario", "paper", "--vary", "memory.budget=2GB", fails=True)
    assert "--vary" in ember("fit", "--scenario", "paper", fails=True)


def test_parameters_reach_the_policies(rows):
    by_policy = rows(
        "compare", "--scenario", "drift", "--set", "slots=60", "--seeds", 2, "--policies",
        "ski-rental,ski-rental:share=0.5,ski-rental:share=1000,cloud")
    assert by_policy["ski-rental"]["total"] == by_policy["ski-rental:share=0.5"]["total"]
    assert by_policy["ski-rental:share=1000"]["total"] == by_policy["cloud"]["total"]


def test_mistakes_in_parameters_are_told(ember):
    told = ember("compare", "--scenario", "drift", "--policies", "ski-rental:shar=1", fails=True)
    assert 'policy ski-rental has no parameter "shar"; it has share, look_ahead' in told


def test_several_servers_refuse_what_is_told_of_one(ember, tmp_path):
    scenario = tmp_path / "two.yaml"
    scenario.write_text("base: vr-session\nservers: 2\ntime: slots\nevents: {}\nworkload: {kind: stationary}\n")
    ember("compare", "--scenario", scenario, "--policies", "lru", "--seeds", 1)
    for option in (["--bounds"], ["--format", "html"]):
        told = ember("compare", "--scenario", scenario, "--policies", "lru", "--seeds", 1, *option, fails=True)
        assert "is for one edge server" in told
