"""Clocks that are wrong, are put right, and jump: nothing is barred for longer than it should be, and nothing is forgotten."""

import json
import subprocess
import sys
import time

import pytest

from ember_process import BINARY, played_engine
from faked_clock import MovedClock, clock, remove_traces, timers, unfaked


DAY = 86_400


@pytest.fixture(scope="module", autouse=True)
def traces():
    yield
    remove_traces()


def config(sky, budget="{day: 10}", engine=""):
    # An answer costs 10; one is what a budget has room for.
    return f"""
budget: {budget}
upstreams: {{sky: {{url: "{sky.url}", prices: {{output: 1000000, max_tokens: 10}}}}}}
models:
  far: {{upstream: sky}}
  near: {{{engine or played_engine()}}}
"""


def ask(server):
    status, headers, _ = server.chat("far", max_tokens=10)
    assert status in (200, 429)
    return status, int(headers["retry-after"] or 0)


def spent(server):
    return server.state()["cloud"]["spent_today"]


@pytest.mark.parametrize("wrong, monotonic", [("+14y", True), ("+14y", False), ("-1d", True), ("-20000d", False)])
def test_a_clock_that_was_wrong_blocks_no_budget_and_renews_none(ember, sky, tmp_path, wrong, monotonic):
    state = {"EMBER_STATE": str(tmp_path / "kept")}

    def run(time):
        server = ember(config(sky), environment={**state, **clock(time, monotonic)})
        answers, sum = [ask(server), ask(server)], spent(server)
        server.__exit__()
        return answers, sum

    for time in (wrong, "+0"):
        (first, _), (second, wait) = (answers := run(time))[0]
        assert (first, second) == (200, 429) and 0 < wait <= DAY and answers[1] == 10, time
    # Each day goes on where it was left.
    for time in (wrong, "+0"):
        answers, sum = run(time)
        assert [status for status, _ in answers] == [429, 429] and sum == 10, time
    assert len(sky.requests) == 2


@pytest.mark.parametrize("zone", ["UTC", "CET-1CEST,M3.5.0,M10.5.0/3"])
def test_budgets_follow_the_present_while_ember_runs(ember, sky, tmp_path, zone):
    # In the second zone the 29th has 23 hours: days and months are UTC's all the same.
    hour = 0 if zone == "UTC" else 1
    moved = MovedClock(tmp_path, f"@2026-03-29 {hour:02}:30:00")
    server = ember(config(sky), environment=moved.environment(zone=zone))
    assert ask(server)[0] == 200
    status, wait = ask(server)
    assert status == 429 and 23.4 * 3600 < wait <= 23.5 * 3600
    # Not what it was at the day's first request.
    late = "23:59:00" if zone == "UTC" else "01:59:00"
    moved.move(f"@2026-03-{29 if zone == 'UTC' else 30} {late}")
    status, wait = ask(server)
    assert status == 429 and 0 < wait <= 60
    # The next day, another month, and back.
    moved.move("@2026-03-31 12:00:00")
    assert spent(server) == 0 and ask(server)[0] == 200
    moved.move("@2026-04-01 12:00:00")
    assert spent(server) == 0 and ask(server)[0] == 200
    assert server.state()["cloud"]["spent_this_month"] == 10
    moved.move("@2026-03-31 12:00:00")
    assert spent(server) == 10 and ask(server)[0] == 429
    assert server.state()["cloud"]["spent_this_month"] == 20


def test_a_budget_of_a_month_is_told_until_the_month_ends(ember, sky, tmp_path):
    moved = MovedClock(tmp_path, "@2028-02-28 12:00:00")
    server = ember(config(sky, "{month: 10}"), environment=moved.environment())
    assert ask(server)[0] == 200
    status, wait = ask(server)
    # The 29th is still to come.
    assert status == 429 and 1.4 * DAY < wait <= 1.5 * DAY
    moved.move("@2028-02-29 23:59:30")
    status, wait = ask(server)
    assert status == 429 and 0 < wait <= 30
    moved.move("@2028-03-01 00:00:05")
    assert ask(server)[0] == 200


@pytest.mark.parametrize("jump", ["+14y", "-1d", "-20000d"])
def test_a_clock_that_jumps_ends_no_wait_and_unloads_nothing(ember, sky, tmp_path, jump):
    moved = MovedClock(tmp_path)
    engine = unfaked(played_engine(seconds=0.5)) + ", parallel: 1, idle_ttl: 60s"
    server = ember(config(sky, engine=engine), environment=timers(moved.environment(), tmp_path))
    assert server.chat("near")[0] == 200
    process = server.model("near")["process"]
    asked = [
        subprocess.Popen(
            [sys.executable, "-c", ASK, server.url + "/v1/chat/completions"], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    while server.model("near")["in_flight"] == 0 and any(one.poll() is None for one in asked):
        time.sleep(0.01)
    moved.move(jump)
    assert [one.communicate(timeout=60)[0] for one in asked] == ["200"] * 3
    state = server.state()
    assert state["uptime"] < 600 and server.model("near")["process"] == process
    assert server.chat("near", headers={"x-ember-deadline": "30"})[0] == 200


ASK = """
import json, sys, urllib.request
body = json.dumps({"model": "near", "messages": [{"role": "user", "content": "x"}]}).encode()
request = urllib.request.Request(sys.argv[1], body, {"content-type": "application/json", "x-ember-deadline": "50"})
print(urllib.request.urlopen(request, timeout=50).status, end="")
"""


def test_a_machine_that_slept_serves_on(ember, sky, tmp_path):
    """All clocks are an hour further on at once: so it looks to a program that was suspended."""
    moved = MovedClock(tmp_path)
    server = ember(config(sky, "{day: 50}"), environment=moved.environment(monotonic=True))
    for time in ("+0", "+1h", "+30h", "+1h"):
        moved.move(time)
        assert ask(server)[0] == 200


@pytest.mark.parametrize("monotonic", [True, False], ids=["all clocks", "the time of day alone"])
def test_the_latest_run_is_the_one_written_last(ember, sky, tmp_path, monotonic):
    state = {"EMBER_STATE": str(tmp_path / "kept")}
    for count, faked in ((3, clock("+14y", monotonic)), (2, clock("-20000d", monotonic)), (1, {})):
        server = ember(config(sky, "{day: 100}"), environment={**state, **faked})
        assert [ask(server)[0] for _ in range(count)] == [200] * count
        server.__exit__()
        done = subprocess.run(
            [BINARY, "replay", tmp_path / "kept/events", "--json"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["cloud_requests"] == count
