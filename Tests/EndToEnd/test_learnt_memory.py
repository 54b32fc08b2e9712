"""Memory at rest and the memory of requests: what is learnt of engines, that it never bars a model for good, and that an engine is
ended at the budget. The engines are played, and take what a test says."""

import concurrent.futures
import functools
import json
import time

import pytest

import waiting
from ember_process import ROOT, Ember

eventually = functools.partial(waiting.eventually, seconds=60)

MB = 1_000_000


@pytest.fixture
def sizes(tmp_path):
    """Files that say what engines take at their start."""
    for name in ("a", "b"):
        (tmp_path / name).write_text("0")
    return tmp_path


def config(sizes, budget=200, a="", b=""):
    program = ROOT / "Tests/EndToEnd/hungry_engine.py"

    def model(name, more):
        return f'  {name}: {{command: [python3, {program}, "${{socket}}", {sizes / name}], memory: 30MB, parallel: 4{more}}}'

    return "\n".join([
        f"memory: {{budget: {budget}MB}}", "queue: {min_residency: 0, patience: 0.5s}", "models:", model("a", a), model("b", b),
    ]) + "\n"


def ask(server, model, take=0, hold=0.0, keep=0):
    return server.chat(model, f"take={take} hold={hold} keep={keep}")


def ask_well(server, model, **what):
    status, _, answer = ask(server, model, **what)
    assert status == 200, answer


def unload(server, model):
    assert server.request("/ember/v1/models/unload", {"model": model})[0] == 202
    eventually(lambda: server.model(model)["status"] == "unloaded")


def is_within_budget(server):
    memory = server.state()["memory"]
    return memory["occupied_bytes"] <= memory["budget_bytes"] and memory["committed_bytes"] <= memory["budget_bytes"]


def test_a_peak_is_told_from_what_is_taken_at_rest_and_forgotten_by_use(ember, sizes):
    """The peak is over before anything is measured: the kernel remembers it."""
    server = ember(config(sizes))
    ask_well(server, "a", take=100, hold=0.1)
    model = eventually(lambda: (model := server.model("a"))["peak_bytes"] > 0 and model)
    assert 60 * MB < model["peak_bytes"] < 130 * MB and model["resting_bytes"] == 30 * MB
    assert model["footprint_bytes"] == model["resting_bytes"] + model["peak_bytes"]
    assert model["measured_bytes"] < 60 * MB and is_within_budget(server)

    def falls():
        ask_well(server, "a")
        return server.model("a")["peak_bytes"] < 0.8 * model["peak_bytes"]

    eventually(falls, seconds=90)


def test_what_is_kept_counts_until_the_engine_ends(ember, sizes):
    server = ember(config(sizes))
    ask_well(server, "a", take=100, keep=1)
    eventually(lambda: server.model("a")["resting_bytes"] > 100 * MB)
    unload(server, "a")
    eventually(lambda: server.model("a")["resting_bytes"] == 30 * MB)
    assert server.model("a")["peak_bytes"] > 60 * MB
    ask_well(server, "a")
    model = server.model("a")
    assert model["resting_bytes"] == 30 * MB and model["learnt_bytes"] > 100 * MB and " UTC" in model["learnt_at"]


def test_an_engine_that_leaks_is_ended_and_nobody_notices(ember, sizes):
    server = ember(config(sizes))
    processes = set()

    def is_replaced():
        ask_well(server, "a", take=10, hold=0.3, keep=1)
        processes.add(server.model("a").get("process"))
        return len(processes - {None}) > 1

    eventually(is_replaced, seconds=90)
    ask_well(server, "a")


def test_models_whose_peaks_exceed_the_budget_take_turns(ember, sizes):
    server = ember(config(sizes))
    for _ in range(3):
        for model in ("a", "b"):
            ask_well(server, model, take=120, hold=0.1)
    eventually(lambda: any(model["peak_bytes"] > 60 * MB for model in server.state()["models"]))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda n: ask(server, "ab"[n % 2], take=120, hold=0.1)[0], range(8)))
    assert answers == [200] * 8
    eventually(lambda: is_within_budget(server))


def test_a_request_that_needs_too_much_is_refused_and_the_model_answers_on(sizes, tmp_path):
    with Ember(config(sizes), tmp_path) as server:
        status, _, answer = ask(server, "a", take=400, hold=20)
        assert status == 413 and answer["error"]["code"] == "request_needs_too_much_memory", answer
        assert "UTC" in answer["error"]["message"] and "200 MB" in answer["error"]["message"]
        began = time.monotonic()
        ask_well(server, "a")
        assert time.monotonic() - began < 15
        # It is tried alone: whatever else was in memory has made room for it.
        assert server.model("a")["footprint_bytes"] <= 200 * MB
        ask_well(server, "b")
        ask_well(server, "a")
    with Ember(config(sizes), tmp_path) as server:
        ask_well(server, "a")
        status, _, answer = ask(server, "a", take=400, hold=20)
        assert status == 413, answer
        ask_well(server, "b")
        ask_well(server, "a")


def test_others_do_not_suffer_from_a_request_that_needs_too_much(ember, sizes):
    server = ember(config(sizes))
    ask_well(server, "a")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        others = [pool.submit(ask, server, "a", hold=4) for _ in range(2)]
        greedy = pool.submit(ask, server, "a", take=400, hold=20)
        assert [other.result()[0] for other in others] == [200, 200]
        assert greedy.result()[0] == 413
    ask_well(server, "a")


def test_a_figure_of_old_above_the_budget_bars_nobody(sizes, tmp_path):
    file = tmp_path / "state/footprints.json"
    with Ember(config(sizes), tmp_path) as server:
        ask_well(server, "a")
        unload(server, "a")
        eventually(file.exists)
    document = json.loads(file.read_text())
    entry = next(entry for entry in document["footprints"] if entry["file"]["path"] == "command a")
    old = {"file": entry["file"], "settings": entry["settings"], "bytes": 1003 * MB, "order": 1}
    file.write_text(json.dumps({"version": 1, "footprints": [old]}))
    with Ember(config(sizes), tmp_path) as server:
        assert server.model("a")["footprint_bytes"] >= 200 * MB
        ask_well(server, "b")
        ask_well(server, "a")
        assert server.model("a")["footprint_bytes"] <= 200 * MB

        def falls():
            ask_well(server, "a")
            return server.model("a")["footprint_bytes"] < 150 * MB

        eventually(falls, seconds=90)


def test_a_model_that_does_not_fit_is_tried_again(ember, sizes):
    server = ember(config(sizes))
    (sizes / "a").write_text("300")
    status, headers, answer = ask(server, "a")
    assert status == 503 and answer["error"]["code"] == "model_does_not_fit", answer
    message = answer["error"]["message"]
    assert 20 <= int(headers["retry-after"]) <= 30
    assert "MB (measured 20" in message and "200 MB" in message and "ember models forget a" in message
    ask_well(server, "b")
    (sizes / "a").write_text("0")
    assert ask(server, "a")[0] == 503
    done = server.command("models", "forget", "a")
    assert done.returncode == 0 and "forgotten by the running Ember" in done.stdout, done
    ask_well(server, "a")
    assert server.command("models", "forget", "none").returncode != 0


def test_a_pinned_model_keeps_nobody_out_by_what_was_learnt(sizes, tmp_path):
    pinned = config(sizes, a=", pin: true, preload: true")
    for _ in range(2):
        with Ember(pinned, tmp_path) as server:
            ask_well(server, "b")
            assert ask(server, "a", take=400, hold=20)[0] == 413
            ask_well(server, "b")
            ask_well(server, "a")


def test_what_is_remembered_can_be_forgotten_while_nothing_runs(sizes, tmp_path):
    with Ember(config(sizes), tmp_path) as server:
        ask_well(server, "a", take=100, keep=1)
        eventually(lambda: server.model("a")["resting_bytes"] > 100 * MB)
    file = tmp_path / "state/footprints.json"
    assert "command a" in file.read_text()
    done = server.command("models", "forget", "a", "--config", str(server.config), env=server.environment)
    assert done.returncode == 0, done
    assert "command a" not in file.read_text()
    with Ember(config(sizes), tmp_path) as server:
        assert server.model("a")["footprint_bytes"] == 30 * MB
