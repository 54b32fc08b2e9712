"""`ember simulate --log`: every decision with its terms."""

import json

import pytest

TERMS = ["switching", "accuracy", "inference", "transmission", "cloud"]
#: Of scenarios in event time, with the slots of their runs.
EVENT_TERMS = {"vr-session": (TERMS, 120), "edge-box": ([*TERMS, "waiting"], 240)}


def simulate(ember, tmp_path, scenario, policy, *arguments):
    log = tmp_path / "log.jsonl"
    report = ember("simulate", "--scenario", scenario, "--policy", policy, "--seed", 3, "--log", log, "--format", "json",
                   *arguments)
    row = json.loads(report)["rows"][0]
    return [json.loads(line) for line in log.read_text().splitlines()], row


@pytest.mark.parametrize("scenario", ["paper", "adversarial"])
@pytest.mark.parametrize("policy", [
    "least-context", "least-context-gated", "gdsf-gated", "value-of-residency", "ski-rental", "cloud", "random-set"])
def test_the_terms_of_all_lines_are_the_runs(ember, tmp_path, scenario, policy):
    lines, row = simulate(ember, tmp_path, scenario, policy)
    for term in TERMS:
        total = sum(line["terms"][term] for line in lines)
        assert total == pytest.approx(row[term] * 200, rel=1e-9, abs=1e-9), term
    assert sum(line.get("requests", 0) for line in lines) == row["requests"]
    edge = sum(line.get("requests", 0) for line in lines if line["decision"] in ("edge", "load"))
    assert edge / row["requests"] == pytest.approx(row["edge_ratio"])
    loads = sum(line["decision"] == "load" for line in lines) + sum(len(line.get("loaded", [])) for line in lines)
    assert loads == row["loads"]


@pytest.mark.parametrize("scenario", EVENT_TERMS)
@pytest.mark.parametrize("policy", ["lru", "least-context-gated", "regret-forecast"])
def test_the_terms_of_all_lines_are_the_runs_in_event_time_too(ember, tmp_path, scenario, policy):
    lines, row = simulate(ember, tmp_path, scenario, policy)
    terms, slots = EVENT_TERMS[scenario]
    for term in terms:
        total = sum(line["terms"].get(term, 0) for line in lines)
        assert total == pytest.approx(row[term] * slots, rel=1e-9, abs=1e-9), term
    assert sum(line.get("requests", 0) for line in lines) == row["requests"]
    assert [line["time"] for line in lines if "loaded" in line] == sorted(
        line["time"] for line in lines if "loaded" in line)
    assert sum(line["decision"] == "rejected" for line in lines) == row["rejected_requests"]


def test_residents_follow_from_the_lines(ember, tmp_path):
    """The log alone says what is in memory: edge lines are of residents, victims are residents."""
    for policy in ("least-context", "random-set", "ski-rental"):
        lines, _ = simulate(ember, tmp_path, "paper", policy)
        residents = set()
        for line in lines:
            gone = line.get("victims", []) + line.get("unloaded", [])
            assert set(gone) <= residents
            residents -= set(gone)
            if line["decision"] == "load":
                assert line["model"] not in residents
                residents.add(line["model"])
            residents |= set(line.get("loaded", []))
            if "model" in line:
                assert (line["model"] in residents) == (line["decision"] != "cloud")


def test_admissions_say_why(ember, tmp_path):
    lines, _ = simulate(ember, tmp_path, "paper", "least-context-gated")
    outcomes = {"load": set(), "cloud": set(), "edge": set()}
    for line in lines:
        for admission in line.get("admissions", []):
            outcomes[line["decision"]].add(admission["outcome"])
            assert admission["newcomer"] == line["model"]
            in_memory = sum(c["footprint"] for c in admission["candidates"] if c["standing"] != "leaving")
            assert in_memory + admission["free"] == 324_250_000_000
            scores = {c["instance"]: c["score"] for c in admission["candidates"] if c["standing"] == "evictable"}
            # Least Context: the score is the age of context.
            assert scores == {
                c["instance"]: c["age_of_context"] for c in admission["candidates"] if c["standing"] == "evictable"}
            if admission["outcome"] == "admitted":
                assert all(scores[victim] < admission["claim"] for victim in line.get("victims", []))
    assert outcomes == {"load": {"admitted"}, "cloud": {"gated", "no_room"}, "edge": set()}
    assert {line["reason"] for line in lines if line["decision"] == "cloud"} == {"not_admitted"}


def test_the_log_can_go_to_the_standard_output(ember, tmp_path):
    arguments = ["simulate", "--scenario", "paper", "--set", "slots=20", "--policy", "lru"]
    ember(*arguments, "--log", tmp_path / "log.jsonl")
    assert ember(*arguments, "--log", "-") == (tmp_path / "log.jsonl").read_text()
    assert ember(*arguments, "--log", "-", "--output", tmp_path / "table") == (tmp_path / "log.jsonl").read_text()
    assert (tmp_path / "table").read_text() == ember(*arguments)


def test_a_log_that_cannot_be_written_is_told(ember, tmp_path):
    arguments = ["simulate", "--scenario", "paper", "--policy", "lru", "--log"]
    assert "cannot be written: " in ember(*arguments, tmp_path / "no" / "log.jsonl", fails=True)
    assert "--log /dev/full: cannot be written: " in ember(*arguments, "/dev/full", fails=True)
