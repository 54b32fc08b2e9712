"""The overload benchmark without its models: its load, what its clients make of answers, and its figures."""

import json
import sys
import threading
import time

import pytest
from setup_helpers import PROJECT, answering

sys.path[:0] = [str(PROJECT / "scripts" / part) for part in ("", "bench", "study", "demo")]

import overload  # noqa: E402
from ember_bench import overload_client, overload_figures, overload_load, overload_systems  # noqa: E402
from ember_bench.live_systems import Model, play  # noqa: E402
from ember_bench.overload_client import ANSWERED, LOST, REFUSED, Client, Outcome  # noqa: E402
from ember_bench.overload_load import GREEDY, MODEST, Flow, Request  # noqa: E402
from ember_bench.overload_systems import LIMITS_ONLY, WITH_CLOUD, WITH_DEADLINE, Cloud, Run, Setting  # noqa: E402
from mock_upstream import MockUpstream  # noqa: E402

ERROR = json.dumps({"error": {"message": "Too many.", "type": "rate_limit_error", "code": "queue_full"}}).encode()
TOKEN, DONE = b'data: {"choices": [{"delta": {"content": "Hi"}}]}\n\n', b"data: [DONE]\n\n"
ROLE, PING = b'data: {"choices": [{"delta": {"role": "assistant", "content": null}}]}\n\n', b": waiting for the model\n\n"


def request(tenant=GREEDY, due=0.0):
    return Request(due, Flow(tenant, "assistant", 0, 1.0), "How warm is it?", 16)


def answer(tenant=GREEDY, due=0.0, first=0.1, seconds=1.0):
    return Outcome(request(tenant, due), ANSWERED, seconds, first)


def refusal(tenant=GREEDY, seconds=0.01, error="429 queue_full", says_when=True):
    return Outcome(request(tenant), REFUSED, seconds, None, error, says_when)


def run(*outcomes, seconds=10.0, reloads=0, cloud=None):
    return Run(list(outcomes), seconds, 48_000_000, reloads, 0.1, cloud)


def judge(status, text, says_when=False):
    first, whole = overload_client.read(text.splitlines(keepends=True), lambda: 0.5)
    return overload_client.judge(request(), status, says_when, whole, first, 1.0)


# The load


def test_the_load_follows_from_its_seed_and_is_in_order_and_within_its_time():
    flows = overload_load.flows([2.0, 3.0], 5)
    requests = overload_load.arrivals(1, 100, flows)
    assert requests == overload_load.arrivals(1, 100, flows) != overload_load.arrivals(2, 100, flows)
    assert [one.due for one in requests] == sorted(one.due for one in requests)
    assert all(0 < one.due < 100 and 16 <= one.tokens <= 32 for one in requests)
    assert len(requests) == pytest.approx(5 * 5 * 100, rel=0.1)


def test_each_model_is_asked_for_a_multiple_of_its_own_capacity():
    flows = overload_load.flows([2.0, 3.0], 5)
    assert [sum(flow.rate for flow in flows if flow.model == model) for model in (0, 1)] == pytest.approx([10, 15])
    modest = [flow for flow in flows if flow.tenant == MODEST]
    assert [flow.rate for flow in modest] == pytest.approx([0.4, 0.6]) and len({flow.service for flow in modest}) == 1


def test_the_modest_tenant_asks_the_same_at_every_load():
    def modest(factor):
        requests = overload_load.arrivals(1, 100, overload_load.flows([2.0, 3.0], factor))
        return [(one.due, one.tokens) for one in requests if one.flow.tenant == MODEST]

    assert modest(1) == modest(5) != []


def test_clients_of_a_closed_loop_ask_again_when_they_are_answered():
    class Counter:
        def __init__(self):
            self.running, self.most, self.lock = 0, 0, threading.Lock()

        def ask(self, asked, due):
            with self.lock:
                self.running += 1
                self.most = max(self.most, self.running)
            time.sleep(0.01)
            with self.lock:
                self.running -= 1
            return Outcome(asked, ANSWERED, time.monotonic() - due, 0.0)

    counter = Counter()
    outcomes = overload_load.closed(counter, models=2, clients=2, seconds=0.3)
    assert counter.most <= 4 and {outcome.request.flow.model for outcome in outcomes} == {0, 1}
    assert len(outcomes) >= 4 and all(outcome.request.due < 0.3 for outcome in outcomes)


# What clients make of answers


def test_an_answer_is_timed_by_its_first_token():
    times = iter([0.3])
    first, whole = overload_client.read((PING + ROLE + TOKEN + TOKEN + DONE).splitlines(keepends=True), lambda: next(times))
    found = overload_client.judge(request(due=2.0), 200, False, whole, first, 1.0)
    assert (found.kind, found.first, found.end) == (ANSWERED, 0.3, 3.0)


@pytest.mark.parametrize("text", [b"", PING, DONE, TOKEN, ROLE + DONE, TOKEN + b"data: " + ERROR + b"\n\n"])
def test_half_an_answer_is_none(text):
    assert judge(200, text).kind == LOST


def test_a_refusal_is_known_by_its_status_and_code_and_says_when_to_come_back():
    found = judge(429, ERROR, says_when=True)
    assert (found.kind, found.error) == (REFUSED, "429 queue_full")
    assert found.says_when_to_retry and not found.is_in_stream
    assert judge(502, b"<html>").kind == LOST


def test_a_refusal_may_come_in_a_stream_that_has_begun():
    found = judge(200, PING + PING + b"data: " + ERROR + b"\n\n")
    assert (found.kind, found.error, found.is_in_stream) == (REFUSED, "in a stream queue_full", True)


def test_a_client_says_who_asks_and_hears_when_to_come_back():
    seen = []

    def reply(handler):
        seen.append((handler.headers["authorization"], handler.headers["x-ember-service"]))
        handler.send_response(429)
        handler.send_header("retry-after", "2")
        handler.end_headers()
        handler.wfile.write(ERROR)

    with answering(reply) as address:
        found = Client(address, ["tiny"]).ask(request(MODEST), time.monotonic())
    assert seen == [("Bearer modest", "assistant")]
    assert (found.kind, found.error, found.says_when_to_retry) == (REFUSED, "429 queue_full", True)


def test_a_connection_that_breaks_is_no_answer():
    with answering(lambda handler: None) as address:
        client = Client(address, ["tiny"])
        assert client.ask(request(), time.monotonic()).kind == LOST
    # No process listens any more.
    assert client.ask(request(), time.monotonic()).kind == LOST


def test_the_played_cloud_bills_as_the_budget_expects():
    with MockUpstream(answer_tokens=overload_systems.CLOUD_TOKENS) as upstream:
        client = Client(upstream.url.removeprefix("http://").removesuffix("/v1"), ["tiny"])
        requests = overload_load.arrivals(1, 1.0, overload_load.flows([10.0], 1))
        outcomes = play(client, requests)
    assert [outcome.kind for outcome in outcomes] == [ANSWERED] * len(requests)
    spent = sum(overload_systems.bill(*tokens) for tokens in upstream.tokens_billed)
    expected = overload_systems.budget(len(requests), 1) / overload_systems.BUDGET_SHARE
    assert spent == pytest.approx(expected, rel=0.1)


# The system


def test_only_the_cloud_case_has_a_cloud_and_only_deadlines_have_default_limits(tmp_path):
    setting = Setting(tmp_path, "llama-server", [Model("tiny", tmp_path)], 1, 10**9)
    limits = overload_systems.configuration(setting, LIMITS_ONLY)
    deadline = overload_systems.configuration(setting, WITH_DEADLINE)
    cloud = overload_systems.configuration(setting, WITH_CLOUD, ("http://sky/v1", 0.5))
    assert limits["queue"] and not deadline["queue"]
    assert {service.get("deadline") for service in limits["services"].values()} == {None}
    assert {service.get("deadline") for service in deadline["services"].values()} == {"5.0s"}
    assert "upstreams" not in deadline and cloud["budget"] == {"month": 0.5}
    assert cloud["models"]["tiny"]["cloud"] == {"upstream": "sky"} and "cloud" not in deadline["models"]["tiny"]


def test_the_peak_of_a_process_that_is_gone_is_unknown():
    assert overload_systems.peak_bytes(2**30) is None


# Figures


def test_answers_count_for_the_rate_if_they_ended_in_time():
    found = run(answer(due=1), answer(due=9.5), refusal())
    assert overload_figures.rate(found) == 0.1 and overload_figures.rate(found, model=1) == 0
    assert overload_figures.answered_share(found) == pytest.approx(2 / 3)


def test_tables_have_a_line_for_each_load():
    in_stream = refusal(seconds=5, error="in a stream deadline_passed", says_when=False)
    runs = {
        1.0: run(answer(MODEST), answer(first=6.0), cloud=Cloud(0.5, 0.1, 1)),
        5.0: run(refusal(), in_stream, cloud=Cloud(0.5, 0.4, 3)),
    }
    lines = overload_figures.answers(runs, 0.4).splitlines()
    assert lines[2:] == [
        "| 1x | 0.20 | 0.20 | 0.50 | 100% | 3.05 | 6.00 | 50% |", "| 5x | 0.20 | 0.00 | 0.00 | 0% | - | - | - |"]
    assert overload_figures.refusals(runs).splitlines()[3] == (
        "| 5x | 2 | 2.505 | 5.000 | 1 | 100% | 0 | 429 queue_full: 1, in a stream deadline_passed: 1 |")
    assert "| 1x | 1 | 100% | 0.10 | 0.10 | 1 | 100% | 6.00 | 6.00 |" in overload_figures.tenants(runs)
    assert "| 5x | 3 | - | 0.4000 | 0.5000 | 80% |" in overload_figures.clouds(runs)
    assert "| 1x | 48 | 0 | 0.10 |" in overload_figures.machines(runs)


def test_a_good_run_has_no_shortcomings():
    good = run(*[answer(due=second) for second in range(9)], answer(MODEST), refusal())
    assert overload_figures.shortcomings(WITH_DEADLINE, {2.0: good}, 1.0) == []
    assert overload_figures.failures([good]) == []


@pytest.mark.parametrize("case, found, told", [
    (LIMITS_ONLY, run(answer(MODEST)), "10% of the capacity"),
    (LIMITS_ONLY, run(answer(MODEST), refusal(MODEST)), "modest tenant had 50%"),
    (WITH_DEADLINE, run(answer(MODEST), answer(first=5.1)), "50% of the first tokens came after the deadline"),
    (LIMITS_ONLY, run(refusal(seconds=2.0)), "1 of 1 refusals took longer"),
    (LIMITS_ONLY, run(refusal(says_when=False)), "1 refusals said no Retry-After"),
    (LIMITS_ONLY, run(refusal(error="in a stream deadline_passed", says_when=False)), "in a stream that had begun"),
    (LIMITS_ONLY, run(Outcome(request(), LOST, 1.0, error="TimeoutError")), "1 requests had neither"),
    (LIMITS_ONLY, run(answer(), reloads=1), "loaded 1 times more"),
    (WITH_CLOUD, run(answer(), cloud=Cloud(0.5, 0.6, 9)), "budget was exceeded"),
])
def test_what_is_not_good_is_told(case, found, told):
    assert any(told in line for line in overload_figures.shortcomings(case, {2.0: found}, 1.0))


def test_without_a_deadline_no_first_token_is_late():
    lines = overload_figures.shortcomings(LIMITS_ONLY, {0.5: run(answer(MODEST, first=9.0))}, 0.1)
    assert lines == []


def test_a_report_has_all_cases_and_says_what_is_not_good(tmp_path, monkeypatch):
    monkeypatch.setattr(overload.machine, "commit", lambda root: "abc")
    binary = tmp_path / "ember"
    binary.touch()
    chosen = overload.parse(["--binary", str(binary), "--quick"])
    setting = Setting(binary, "llama-server", [Model("tiny", tmp_path)], 1, 10**9)
    cloud = Cloud(0.5, 0.1, 1)
    runs = {case: {5.0: run(answer(MODEST), refusal(), cloud=cloud)} for case in overload_systems.CASES}
    described = {"date": "today", "cpu": "a CPU", "cores": 2, "load_before": 0.0}
    measured = overload.Measured(run(answer()), run(answer(), answer()), runs)
    text = overload.markdown(described, "overload.py --quick", chosen, setting, measured)
    assert all(f"## {case.title}" in text for case in overload_systems.CASES)
    assert "## What is not good\n" in text
    assert text.count("| 5x |") == 3 * 4 + 1
    assert "**0.10 answers/s** (tiny 0.10)" in text and "after all loads: 0.20 answers/s" in text


@pytest.mark.parametrize("arguments", [["--seconds", "0"], ["--loads", "0.2", "1"]])
def test_a_load_that_is_none_is_refused(arguments, capsys):
    with pytest.raises(SystemExit):
        overload.parse(["--binary", sys.executable, *arguments])
    assert arguments[0] in capsys.readouterr().err
