"""The demo without its models: its script, what its clients make of answers, and its figures."""

import json
import sys

import pytest
from setup_helpers import PROJECT, answering

sys.path[:0] = [str(PROJECT / "scripts" / part) for part in ("", "bench", "study", "demo")]

from ember_demo import client, commands, day, edge, figures, player, questions, report  # noqa: E402
from ember_demo.client import Outcome  # noqa: E402

ERROR = {"error": {"message": "Too many.", "type": "rate_limit_error", "code": "queue_full"}}
ANSWER = json.dumps({"choices": [{"message": {"content": "Hello"}}]}).encode()
STREAM = b'data: {"choices": [{"delta": {"content": "Hello"}}]}\n\ndata: [DONE]\n\n'


# The script


def test_the_same_seed_gives_the_same_day_and_another_one_another():
    assert day.arrivals(7, 120) == day.arrivals(7, 120)
    assert day.arrivals(7, 120) != day.arrivals(8, 120)


def test_arrivals_are_in_order_and_within_their_phases():
    arrivals = day.arrivals(1, 120)
    begins = dict(zip((phase.name for phase in day.PHASES), day.starts(120)))
    ends = dict(zip((phase.name for phase in day.PHASES), day.starts(120)[1:]))
    assert [arrival.time for arrival in arrivals] == sorted(arrival.time for arrival in arrivals)
    assert [arrival.number for arrival in arrivals] == list(range(len(arrivals)))
    assert all(begins[arrival.phase] <= arrival.time < ends[arrival.phase] for arrival in arrivals)
    assert all(day.FEWEST_TOKENS <= arrival.tokens <= day.MOST_TOKENS for arrival in arrivals)


def test_the_phases_make_up_a_day():
    assert day.starts(120)[0] == 0 and day.starts(120)[-1] == pytest.approx(120)


def test_a_burst_comes_at_once_and_of_its_own_kinds():
    phase = day.Phase("rush", "", 1, 1e-9, {day.ROBOT: 1}, bursts=((0.5, 20),), burst_mix={day.LARGE: 1})
    arrivals = day.arrivals(1, 100, [phase])
    assert len(arrivals) == 20 and {arrival.kind for arrival in arrivals} == {day.LARGE}
    assert arrivals[0].time >= 50 and arrivals[-1].time <= 50 + day.BURST_SECONDS


def test_the_cloud_changes_with_the_phases_and_within_them():
    changes = day.changes(100)
    assert [change.begins.name for change in changes if change.begins] == [phase.name for phase in day.PHASES]
    outage, = [change for change in changes if change.begins and change.begins.name == "outage"]
    broken, = [change for change in changes if not change.begins]
    assert (outage.behaviour, broken.behaviour) == ("500", "reset") and outage.time < broken.time
    after = [change for change in changes if change.time > broken.time]
    assert {change.behaviour for change in after} == {"well"}


def test_each_kind_of_work_asks_for_its_model():
    for kind in (day.SMALL, day.LARGE, day.FAR, day.ROBOT, day.SEARCH, day.CAPTION):
        path, body = questions.request(day.Arrival(0, "", kind, 12, 3))
        assert body["model"] == kind.model in edge.configuration("http://x", PROJECT)["models"]
        assert (path == questions.EMBEDDINGS) == (kind == day.SEARCH)
        assert bool(body.get("stream")) == (kind.service == "assistant")


# What clients make of answers


@pytest.mark.parametrize("headers, place", [
    ({"x-ember-served-by": "edge"}, client.EDGE), ({"x-ember-served-by": "cloud:sky"}, client.CLOUD), ({}, client.LOST),
])
def test_an_answer_is_where_it_says(headers, place):
    assert client.judge(200, headers, ANSWER, False, 0.1, 0.2).place == place
    assert client.judge(200, headers, STREAM, True, 0.1, 0.2).place == place


@pytest.mark.parametrize("text, is_stream", [
    (ANSWER[:-5], False), (b"{}", False), (b"", False), (b"", True), (b"data: [DONE]\n\n", True),
    (STREAM.removesuffix(b"data: [DONE]\n\n"), True),
    (b'data: {"error": {"message": "broken"}}\n\ndata: [DONE]\n\n', True),
])
def test_half_an_answer_is_none(text, is_stream):
    assert client.judge(200, {"x-ember-served-by": "edge"}, text, is_stream, 0.1, 0.2).place == client.LOST


def test_a_refusal_is_known_by_its_status_and_code():
    refused = client.judge(429, {}, json.dumps(ERROR).encode(), True, 0.1, 0.2)
    assert (refused.place, refused.error) == (client.REFUSED, "429 queue_full")
    passed_on = {"error": {"message": "500", "type": "mock", "code": None}}
    assert client.error_code(500, json.dumps(passed_on)) == "500 mock"


@pytest.mark.parametrize("text", [b"<html>", b"", b"[]", b'{"error": "no"}', b'{"error": {}}'])
def test_an_error_that_says_nothing_is_not_clear(text):
    assert client.judge(502, {}, text, False, 0.1, 0.2).place == client.LOST


def test_a_client_names_its_service_and_tells_times():
    asked = []

    def answer(handler):
        asked.append((handler.path, handler.headers["x-ember-service"]))
        handler.send_response(200)
        handler.send_header("x-ember-served-by", "cloud:sky")
        handler.send_header("x-ember-offload-reason", "notAdmitted")
        handler.end_headers()
        handler.wfile.write(STREAM)

    with answering(answer) as address:
        outcome = client.ask(address, "/v1/chat/completions", {"stream": True}, "robot")
    assert asked == [("/v1/chat/completions", "robot")]
    assert (outcome.place, outcome.served_by, outcome.offload_reason) == (client.CLOUD, "cloud:sky", "notAdmitted")
    assert 0 < outcome.first_byte_seconds <= outcome.seconds


def test_a_connection_that_breaks_is_no_clear_error():
    with answering(lambda handler: None) as address:
        outcome = client.ask(address, "/", {}, "robot")
    assert outcome.place == client.LOST and outcome.error and outcome.status is None
    assert client.ask(address, "/", {}, "robot").place == client.LOST


# Figures


def played(phase, place, seconds=1.0, error=None, reason=None):
    arrival = day.Arrival(0, phase, day.SMALL, 8, 0)
    return player.Played(arrival, Outcome(place, seconds, seconds / 2, error=error, offload_reason=reason))


def test_clients_are_counted_by_phase_and_answers_alone_have_times():
    seen = [
        played("morning", client.EDGE, 1), played("morning", client.EDGE, 3), played("morning", client.CLOUD, 2),
        played("noon", client.REFUSED, 90, error="429 queue_full"),
    ]
    morning, noon, whole = figures.by_phase(seen, ["morning", "noon"])
    assert (morning["requests"], morning["edge"], morning["cloud"], morning["median"], morning["p95"]) == (3, 2, 1, 2, 3)
    assert (noon["refused"], noon["median"], noon["p95"]) == (1, None, None)
    assert (whole["phase"], whole["requests"], whole["first_byte_median"]) == ("day", 4, 1)
    assert figures.errors(seen) == {"429 queue_full": 1}
    assert "429 queue_full 1" in report.tally("Errors", figures.errors(seen))
    assert "| noon " in report.clients([morning, noon, whole])
    assert player.progress(5, seen) == "5 sent; answered: 2 edge, 1 cloud, 1 refused"


def test_percentiles_are_values_that_were_met():
    assert figures.percentile(range(1, 101), 0.95) == 96
    assert figures.percentile([4], 0.95) == 4 and figures.percentile([], 0.95) is None


REPLAY = {"total": 10, "switching": 4, "cloud": 6, "edgeRequests": 3, "cloudRequests": 1, "rejectedRequests": 2, "loads": 2}
ROW = {
    "systemCost": 11, "switchingCost": 4.4, "cloudCost": 9, "edgeRatio": 0.75, "loads": 2, "requests": 4, "waitingCost": None,
}


def test_the_day_and_its_simulation_are_told_in_the_same_terms():
    measured, simulated = figures.measured_cost(REPLAY), figures.simulated_cost(ROW)
    assert measured.keys() == simulated.keys()
    assert (measured["total"], measured["edge ratio"], measured["answered"]) == (10, 0.75, 4)
    assert (simulated["total"], simulated["waiting"], simulated["answered"]) == (11, 0, 4)
    agrees = {row["figure"]: row["agrees"] for row in figures.agreement(measured, simulated)}
    assert agrees == {**{name: True for name in figures.COMPARED}, "cloud": False}
    assert report.agreement(figures.agreement(measured, simulated)).count(" yes |") == len(figures.COMPARED) - 1
    assert len(report.costs([("measured", measured), ("simulated", simulated)]).splitlines()) == 4


def test_nothing_agrees_with_nothing_and_with_nothing_else():
    none = {name: 0 for name in figures.COMPARED}
    assert all(row["agrees"] for row in figures.agreement(none, none))
    assert not any(row["agrees"] for row in figures.agreement(none, {name: 1 for name in none}))
    assert "- " in report.agreement(figures.agreement(none, {name: 1 for name in none}))


def test_the_days_own_policy_comes_first_and_once():
    assert commands.policies("lru")[0] == "lru" and commands.policies("lru").count("lru") == 1
    assert set(commands.policies("lru:x=1")) == {"lru:x=1", *commands.BASELINES}


def test_columns_are_as_wide_as_their_widest_cell():
    lines = report.aligned("| a | b |\n|---|---:|\n| longer | 1 |").splitlines()
    assert lines == ["| a      | b |", "|--------|--:|", "| longer | 1 |"]
