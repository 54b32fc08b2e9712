"""The script of a live comparison is the same for every system, and its figures are what they say."""

import collections
import sys

import pytest
from setup_helpers import PROJECT

sys.path.insert(0, str(PROJECT / "scripts/bench"))

from ember_bench import live_script, live_systems  # noqa: E402
from ember_bench.live_script import BURST, DRIFTED, FIRST, LONGEST_WAIT, Outcome, Run  # noqa: E402
from ember_setup.report import SetupError  # noqa: E402

ROUTER_LOG = """\
0.00.067.175 I srv          load: spawning server instance with name=a on port 55061
0.00.067.196 I srv          load: spawning server instance with args:
[55061] 0.00.009.331 I srv    load_model: loading model 'models/a.gguf'
[55061] 0.03.862.094 I srv  llama_server: listening on http://127.0.0.1:55061
0.03.934.367 I srv  proxy_reques: proxying request to model a on port 55061
0.04.652.269 I srv          load: spawning server instance with name=b on port 44855
[44855] 1.00.500.000 I srv  llama_server: listening on http://127.0.0.1:44855
"""
STREAM = [
    b'data: {"choices": [{"delta": {"role": "assistant", "content": null}}]}\n', b"\n", b": ping\n",
    b'data: {"choices": [{"delta": {"content": "It"}}]}\n', b'data: {"choices": [{"delta": {"content": " is"}}]}\n',
    b'data: {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2, '
    b'"prompt_tokens_details": {"cached_tokens": 7}}}\n',
    b"data: [DONE]\n",
]


@pytest.fixture
def request_():
    return live_script.script(1, 1, 10, 2)[0]


def outcome(due, last, **given):
    request = live_script.Request(0, due, 0, "", 8, FIRST)
    return Outcome(request, **{"first": last / 2, "last": last, "answer_tokens": 10, **given})


def figure(name, run):
    return next(column for column in live_script.COLUMNS if column.name == name).figure(run)


def clock(*seconds):
    left = list(seconds)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


# The script

def test_a_script_follows_from_its_seed():
    assert live_script.script(3, 200, 180, 3) == live_script.script(3, 200, 180, 3)
    assert live_script.script(3, 200, 180, 3) != live_script.script(4, 200, 180, 3)


def test_a_script_has_all_requests_in_their_order_and_within_its_time():
    requests = live_script.script(1, 200, 180, 3)
    assert [request.number for request in requests] == list(range(200))
    assert [request.due for request in requests] == sorted(request.due for request in requests)
    assert all(0 <= request.due <= 180 and 2 <= request.tokens <= 4 for request in requests)


def test_the_favourite_changes_in_the_middle_and_the_rarest_has_a_burst():
    requests = live_script.script(1, 3000, 180, 3)
    asked = {
        phase: collections.Counter(request.model for request in requests if request.phase == phase)
        for phase in live_script.PHASES
    }
    assert [model for model, _ in asked[FIRST].most_common()] == [0, 1, 2]
    assert [model for model, _ in asked[DRIFTED].most_common()] == [1, 2, 0]
    assert asked[BURST] == {0: 240}
    burst = [request.due for request in requests if request.phase == BURST]
    assert 126 <= min(burst) and max(burst) <= 131.4


def test_conversations_have_their_turns_and_the_same_requests():
    requests = live_script.script(1, 300, 180, 3)
    asked = live_script.as_conversations(requests, 4)
    assert [(one.due, one.model, one.tokens) for one in asked] == [(one.due, one.model, one.tokens) for one in requests]
    beginnings = set()
    for model in range(3):
        own = [request for request in asked if request.model == model]
        assert [len(request.history) for request in own] == [turn % 4 for turn in range(len(own))]
        for before, request in zip(own, own[1:]):
            if request.history:
                assert request.history[:-1] == before.history and request.history[-1][0] == before.text
            else:
                beginnings.add(request.text)
    assert len(beginnings) > 50


def test_each_model_is_asked_once_before_the_favourite_last():
    questions = live_script.first_questions(3)
    assert [request.model for request in questions] == [2, 1, 0]
    assert not {request.text for request in questions} & {request.text for request in live_script.script(1, 50, 10, 3)}


def test_loads_are_counted_from_the_script_on():
    assert live_systems.since((3, 1.5), (8, 2.0)) == [5, 0.5]
    assert live_systems.since((3, None), (8, 2.0)) == [5, None]


def test_popularity_is_zipf():
    assert live_script.zipf(3) == pytest.approx([6 / 11, 3 / 11, 2 / 11])


def test_every_model_has_demonstrations_of_its_own():
    given = [live_script.demonstrations(model) for model in range(4)]
    assert {len(lines) for lines in given} == {live_script.DEMONSTRATIONS}
    assert len({str(lines) for lines in given}) == 4


# The memory

def test_a_budget_holds_as_many_models_as_the_router_counts():
    sizes = [250, 296, 250]
    assert max(sizes) < live_script.budget(sizes, 1) < 500
    assert 546 < live_script.budget(sizes, 2) < 796


@pytest.mark.parametrize("sizes, fit", [([1, 1], 2), ([1, 1, 10], 1)])
def test_no_budget_is_an_error(sizes, fit):
    with pytest.raises(ValueError, match="no budget"):
        live_script.budget(sizes, fit)


def test_a_footprint_is_read_from_what_ember_says():
    said = "weights         97 MB: Q4_1 66 MB\nmemory          weights 97 MB + KV cache 94 MB (4096 tokens) = 250 MB\n"
    assert live_systems.footprint(said) == 250_000_000
    assert live_systems.footprint("memory          weights 1 GB = 1.5 GB\n") == 1_500_000_000
    with pytest.raises(SetupError, match="nothing about memory"):
        live_systems.footprint("weights 97 MB\n")


# What the systems tell

def test_the_routers_loads_are_counted_in_its_log():
    loads, seconds = live_systems.router_loads(ROUTER_LOG)
    assert (loads, seconds) == (2, pytest.approx(64.362094))


def test_the_seconds_of_a_load_that_never_ended_are_unknown():
    assert live_systems.router_loads(ROUTER_LOG.rsplit("[44855]", 1)[0]) == (2, None)


def test_embers_loads_are_in_its_state():
    assert live_systems.ember_loads({"cost": {"loads": 3, "load_seconds": 1.5}}) == (3, 1.5)
    assert live_systems.ember_loads({"cost": {"loads": 3}}) == (3, None)


def test_a_stream_is_timed_by_its_texts(request_):
    times = clock(0.1, 0.1, 0.1, 0.1, 0.5, 0.5, 0.9, 1.0)
    found = live_systems.read(request_, STREAM, times)
    assert (found.first, found.last, found.text) == (0.5, 0.9, "It is")
    assert (found.prompt_tokens, found.reused_tokens, found.answer_tokens, found.problem) == (9, 7, 2, "")


@pytest.mark.parametrize("lines, time, problem", [
    (STREAM[:3], 1, "without a token"),
    (STREAM[:5], 1, "without its usage"),
    ([b'data: {"error": {"message": "gone"}}\n'], 1, "gone"),
    (STREAM, LONGEST_WAIT + 1, "longest wait"),
])
def test_a_failed_stream_counts_as_the_longest_wait(request_, lines, time, problem):
    # Half a stream has said something, but is no answer.
    found = live_systems.read(request_, lines, clock(time))
    assert problem in found.problem
    assert (found.first, found.last, found.answer_tokens) == (LONGEST_WAIT, LONGEST_WAIT, 0)


def test_busy_seconds_leave_out_waiting_and_count_stolen_ones():
    assert live_systems.busy_seconds("cpu  100 10 20 5000 600 1 2 3 50 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n", 100) == 1.36


def test_cores_of_others_are_what_is_left():
    assert live_systems.cores_of_others((10, 1), (30, 11), 10) == 1
    assert live_systems.cores_of_others((10, 1), (12, 11), 10) == 0
    assert live_systems.cores_of_others(None, (30, 11), 10) is None


# The figures

def test_figures_of_a_run():
    failed = outcome(10, LONGEST_WAIT, first=LONGEST_WAIT, answer_tokens=0, problem="gone")
    answered = [outcome(0, 2, prompt_tokens=9, reused_tokens=7), outcome(5, 4, prompt_tokens=9, reused_tokens=9)]
    run = Run([outcome(0, 6)], [*answered, failed], 3, None, None)
    assert figure("first questions, s: mean", run) == 6
    assert figure("mean cost, s", run) == 42
    assert figure("first token, s: mean", run) == 41
    assert figure("median", run) == 2
    assert figure("p95", run) == LONGEST_WAIT
    assert figure("answers/s", run) == pytest.approx(2 / 130)
    assert figure("tokens/s", run) == pytest.approx(20 / 130)
    assert figure("prompt tokens computed, a request", run) == 1
    assert (figure("failures", run), figure("loads", run), figure("loading, s", run)) == (1, 3, None)


def test_figures_are_means_over_rounds_and_unknown_where_one_is():
    runs = [Run([], [outcome(0, 2)], 3, 1.0, None), Run([], [outcome(0, 4)], 5, None, None)]
    found = dict(zip((column.name for column in live_script.COLUMNS), live_script.figures(runs)))
    assert (found["mean cost, s"], found["loads"], found["loading, s"]) == (3, 4, None)


def test_verdicts_say_who_is_ahead_and_where_ours_is_not():
    runs = {"ours": [Run([], [outcome(0, 2)], 5, None, None)], "router": [Run([], [outcome(0, 3)], 4, 2.0, None)]}
    lines, behind = live_script.verdicts(runs, "ours", "router")
    found = {line[0]: line[1:] for line in lines}
    assert found["mean cost, s"] == ["ours", "1.50", "1 of 1"]
    assert found["answers/s"] == ["ours", "0.67", "1 of 1"]
    assert found["loads"] == ["router", "0.80", "0 of 1"]
    assert found["failures"][0] == "neither"
    assert found["loading, s"] == ["unknown", "-", "0 of 1"]
    assert behind == ["loads (5.0, router 4.0)"]


def test_close_figures_are_level():
    column = live_script.COLUMNS[0]
    assert [live_script.standing(column, 1.0, other) for other in (1.01, 1.1, 0.9, None)] == [0, 1, -1, 0]


def test_agreement_leaves_out_what_somebody_did_not_answer():
    a = Run([], [outcome(0, 1, text="x", prompt_tokens=9), outcome(1, 1, text="y"), outcome(2, 1, text="z")], 1, None, None)
    b = Run([], [outcome(0, 1, text="x", prompt_tokens=8), outcome(1, 1, text="n"), outcome(2, 1, problem="gone")], 1, None, None)
    assert live_script.agreement({"a": [a], "b": [b]}) == (1, 1, 2)
    assert live_script.problems({"a": [a], "b": [b]}) == ["b: gone (1 times)"]


def test_the_order_of_systems_rotates():
    assert [live_script.rotated(["a", "b", "c"], number)[0] for number in range(4)] == ["a", "b", "c", "a"]
