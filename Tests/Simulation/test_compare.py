"""`ember compare`, `simulate` and `scenario` as a user meets them."""

import csv
import io
import json

import pytest

PUBLISHED = "least-context-gated,lfu-gated,cloud,random-set,fifo"


def test_the_papers_robust_order_holds(rows):
    cost = {p: row["total"] for p, row in rows(
        "compare", "--scenario", "paper", "--policies", PUBLISHED, "--seeds", 20).items()}
    assert max(cost["least-context-gated"], cost["lfu-gated"]) < cost["cloud"] < min(cost["random-set"], cost["fifo"])


@pytest.mark.parametrize("format", ["table", "csv", "json"])
def test_the_same_bytes_on_any_number_of_cores(ember, format):
    arguments = ["compare", "--scenario", "bursty", "--seeds", 3, "--format", format]
    outputs = {ember(*arguments, "--jobs", jobs) for jobs in (1, 2, 5)} | {ember(*arguments)}
    assert len(outputs) == 1


def test_formats_agree_and_go_to_files(ember, tmp_path):
    arguments = ["compare", "--scenario", "drift", "--policies", "lru,cloud", "--seeds", 2]
    assert ember(*arguments, "--format", "csv", "--output", tmp_path / "out.csv") == ""
    table = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text())))
    report = json.loads(ember(*arguments, "--format", "json"))
    assert report["scenario"] == "drift" and report["seeds"] == 2
    for line, row in zip(table, report["rows"], strict=True):
        assert {key: value if key == "policy" else float(value) for key, value in line.items()} == row


def test_a_shipped_scenario_can_be_copied(ember, traces, tmp_path):
    for line in ember("scenario", "list").splitlines()[1:]:
        name = line.split()[0]
        copy = tmp_path / f"{name}.yaml"
        copy.write_text(ember("scenario", "show", name))
        ember("scenario", "check", copy, "--traces", traces)
        arguments = ["--traces", traces, "--policy", "ski-rental", "--seed", 7, "--format", "csv"]
        assert ember("simulate", "--scenario", copy, *arguments) == ember("simulate", "--scenario", name, *arguments)


def test_every_policy_is_compared_by_default(ember, rows):
    # Parameters stand below their policies, indented.
    lines = ember("scenario", "policies").splitlines()[1:]
    names = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert list(rows("compare", "--scenario", "adversarial", "--seeds", 1)) == names
    assert {"random-set", "value-of-residency", "ski-rental", "least-context-gated"} <= set(names)


@pytest.mark.parametrize("arguments, message", [
    (["compare", "--scenario", "papers"], "papers: cannot be read; check the path and its permissions, or name one of"),
    (["compare", "--scenario", "paper", "--policies", "lru,lcu"], 'there is no policy "lcu"; write one of'),
    (["compare", "--scenario", "paper", "--seeds", "0"], "--seeds 0: write a number from 1 to 1000000"),
    (["compare", "--scenario", "paper", "--jobs", "0"], "--jobs 0: write a number from 1"),
    (["simulate", "--scenario", "paper", "--policy", "x"], 'there is no policy "x"'),
    (["scenario", "show", "x"], 'there is no scenario "x"; write one of paper'),
])
def test_bad_arguments_are_told(ember, arguments, message):
    assert message in ember(*arguments, fails=True)
