"""The demo without its models: its script, what its clients make of answers, and its figures."""

import collections
import http.client
import json
import sys
import types
import urllib.parse

import pytest
from setup_helpers import PROJECT, answering

sys.path[:0] = [str(PROJECT / "scripts" / part) for part in ("", "bench", "study", "demo")]

import demo  # noqa: E402
import mock_upstream  # noqa: E402
from ember_demo import client, commands, day, edge, figures, player, questions, report, verdict  # noqa: E402
from ember_demo.client import Outcome  # noqa: E402
from ember_demo.seen import Seen  # noqa: E402

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
    assert [change.time for change in changes] == sorted(change.time for change in changes)
    assert [change.behaviour for change in changes] == ["well", "well", "429", "cut", "well", "500", "reset", "well", "402"]
    assert {change.behaviour for change in changes} <= set(mock_upstream.BEHAVIOURS)


@pytest.mark.parametrize("seed", range(1, 6))
def test_cuts_429_and_402_meet_requests_that_only_the_cloud_can_answer(seed):
    changes, arrivals = day.changes(120), day.arrivals(seed, 120)
    for number, change in enumerate(changes):
        end = changes[number + 1].time if number + 1 < len(changes) else 120
        if change.behaviour in ("cut", "429", "402"):
            assert any(one.kind == day.FAR and change.time <= one.time < end for one in arrivals)


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


@pytest.mark.parametrize("served_by", ["edge", "cloud:sky", None])
def test_a_stream_that_ends_with_an_error_is_broken_and_not_lost(served_by):
    text = STREAM.removesuffix(b"data: [DONE]\n\n") + b"data: " + json.dumps(ERROR).encode() + b"\n\n"
    outcome = client.judge(200, {"x-ember-served-by": served_by}, text, True, 0.1, 0.2)
    assert (outcome.place, outcome.error) == (client.BROKEN, "stream queue_full")
    assert outcome.is_of_cloud == (served_by == "cloud:sky") and not outcome.is_answered


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
        handler.send_header("x-ember-offload-reason", "not_admitted")
        handler.end_headers()
        handler.wfile.write(STREAM)

    with answering(answer) as address:
        outcome = client.ask(address, "/v1/chat/completions", {"stream": True}, "robot")
    assert asked == [("/v1/chat/completions", "robot")]
    assert (outcome.place, outcome.served_by, outcome.offload_reason) == (client.CLOUD, "cloud:sky", "not_admitted")
    assert 0 < outcome.first_byte_seconds <= outcome.seconds


def test_a_connection_that_breaks_is_no_clear_error():
    with answering(lambda handler: None) as address:
        outcome = client.ask(address, "/", {}, "robot")
    assert outcome.place == client.LOST and outcome.error and outcome.status is None
    assert client.ask(address, "/", {}, "robot").place == client.LOST


# Figures


def played(phase, place, seconds=1.0, error=None, reason=None, served_by=None):
    arrival = day.Arrival(0, phase, day.SMALL, 8, 0)
    return player.Played(
        arrival, Outcome(place, seconds, seconds / 2, served_by=served_by, error=error, offload_reason=reason))


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
    assert player.progress(6, [*seen, played("noon", client.BROKEN)]).endswith("1 refused, 1 broken")


def test_percentiles_are_values_that_were_met():
    assert figures.percentile(range(1, 101), 0.95) == 96
    assert figures.percentile([4], 0.95) == 4 and figures.percentile([], 0.95) is None


REPLAY = {"total": 10, "switching": 4, "cloud": 6, "edge_requests": 3, "cloud_requests": 1, "rejected_requests": 2, "loads": 2}
ROW = {
    "total": 11, "switching": 4.4, "cloud": 9, "edge_ratio": 0.75, "loads": 2, "requests": 4, "waiting": None,
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


# What a day must not show


def seen(*of, bill=0.02, account=0.02, cut=0):
    tokens = {"input_tokens": 1000, "output_tokens": 16}
    state = {"cloud": {"spent_this_month": account}, "models": []}
    return Seen(list(of), state, {**tokens, "money": bill}, {"well": 3, "cut": cut})


CUT = played("afternoon", client.BROKEN, error="stream engine_failed", served_by="cloud:sky")
BROKEN_AT_THE_EDGE = played("afternoon", client.BROKEN, error="stream engine_failed", served_by="edge")


def test_streams_that_the_cloud_has_cut_are_told_and_no_failure():
    day_seen = seen(CUT, CUT, cut=2)
    assert not verdict.failures(day_seen, [])
    assert "wants: 2;" in report.cuts(day_seen) and "2 of the cloud's, 0 others" in report.cuts(day_seen)
    assert report.verdict([]) == "Nothing was seen that a day must not show."


@pytest.mark.parametrize("bad, says", [
    (seen(CUT, CUT, cut=1), "1 answers broke off"),
    (seen(BROKEN_AT_THE_EDGE, cut=1), "1 answers broke off"),
    (seen(played("noon", client.LOST)), "1 requests had neither"),
    (seen(bill=0.03, account=0.02), "has billed 0.030000, and Ember counts 0.020000"),
])
def test_what_a_day_must_not_show(bad, says):
    failure, = verdict.failures(bad, [])
    assert says in failure and says in report.verdict([failure])


def test_a_bill_may_be_below_the_account_and_is_never_above_it():
    assert "at least that" in report.money(seen(bill=0.02, account=0.03))
    # Sums of the same amounts, in another order.
    assert seen(bill=0.1 + 0.2, account=0.3).is_bill_covered
    assert "LESS than that" in report.money(seen(bill=0.03, account=0.02))


def test_a_term_that_disagrees_is_a_failure():
    rows = figures.agreement({name: 10 for name in figures.COMPARED}, {name: 10 for name in figures.COMPARED} | {"loads": 12})
    failure, = verdict.failures(seen(), rows)
    assert failure.startswith("loads:")


def test_the_report_says_where_it_comes_from_and_what_the_day_was():
    described = {"date": "2026-01-01", "cpu": "a CPU", "cores": 2, "load_before": 0.1}
    chosen = types.SimpleNamespace(seconds=120.0, budget="480MB", policy="lru", seed=1)
    text = report.markdown(described, "abc", "demo.py", chosen, ["one", "two"])
    assert "a CPU, 2 cores, load 0.1 before, abc. Made by `demo.py`." in text and text.endswith("one\n\ntwo\n")
    assert all(phase.story in text for phase in day.PHASES)


def test_a_quick_day_is_short(tmp_path):
    binary = tmp_path / "ember"
    binary.touch()
    assert demo.parse(["--binary", str(binary), "--quick"]).seconds == demo.QUICK_SECONDS
    assert demo.parse(["--binary", str(binary)]).seconds == 120


# The mock upstream


def request_of(upstream, method, path, body=None):
    """Status, headers and the text, as far as it came."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(upstream.url).netloc, timeout=10)
    connection.request(method, path, json.dumps(body), {"content-type": "application/json"})
    response = connection.getresponse()
    try:
        text = response.read()
    except http.client.IncompleteRead as cut:
        text = cut.partial
    connection.close()
    return response.status, response.headers, text


def chat(upstream, **more):
    body = {"messages": [{"role": "user", "content": "x" * 39}], "max_tokens": 8, **more}
    return request_of(upstream, "POST", "/v1/chat/completions", body)


def test_the_mock_bills_what_it_has_sent():
    with mock_upstream.MockUpstream(answer_tokens=16, input_price=15, output_price=60) as upstream:
        chat(upstream)
        chat(upstream, stream=True)
        upstream.behaviour = "cut"
        _, _, text = chat(upstream, stream=True)
        assert b"w1" in text and b"w2" not in text and b"DONE" not in text
        upstream.behaviour = "500"
        assert chat(upstream)[0] == 500
        status, _, text = request_of(upstream, "GET", "/bill")
        bill = json.loads(text)
        assert status == 200 and bill == upstream.bill()
        assert (bill["input_tokens"], bill["output_tokens"]) == (30, 8 + 8 + 2)
        assert bill["money"] == pytest.approx((30 * 15 + 18 * 60) / 1e6)
        assert collections.Counter(upstream.met) == {"well": 2, "cut": 1, "500": 1}
        assert request_of(upstream, "GET", "/")[0] == 404


def test_the_mock_says_when_to_come_back_only_where_it_is_busy():
    with mock_upstream.MockUpstream(retry_after=2) as upstream:
        for behaviour, after in [("429", "2"), ("402", None)]:
            upstream.behaviour = behaviour
            status, headers, _ = chat(upstream)
            assert (status, headers["retry-after"]) == (int(behaviour), after)


def test_the_mock_is_told_by_flags_how_it_behaves():
    chosen = mock_upstream.parse(["--input-price", "15", "--behaviour", "429", "--retry-after", "2"])
    assert (chosen.input_price, chosen.output_price, chosen.behaviour, chosen.retry_after) == (15, 0, "429", 2)
