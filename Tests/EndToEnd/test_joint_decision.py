"""Where a request runs: by cost, by deadline, by turn, and elsewhere when its first place fails."""

import concurrent.futures
import json
import pathlib
import re
import subprocess
import threading
import time
import urllib.request

import pytest

from ember_process import BINARY, SMOLLM2, SMOLLM2_Q8
from mock_upstream import MockUpstream


@pytest.fixture
def moon():
    with MockUpstream(answer_tokens=20) as upstream:
        yield upstream


def busy(server, model, seconds, headers=None):
    """Keeps one slot of the model busy for about this time: a thread that ends with the answer."""
    def ask():
        server.chat(model, "Tell a very long story.", max_tokens=40 * seconds, headers=headers, ignore_eos=True)
    thread = threading.Thread(target=ask)
    thread.start()
    deadline = time.monotonic() + 20
    while server.model(model)["in_flight"] == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    return thread


# Upstreams, one after the other


def test_the_next_upstream_answers_when_the_first_one_fails(ember, sky, moon):
    server = ember(f"""
upstreams:
  sky: {{url: "{sky.url}", prices: {{output: 1000000, max_tokens: 40}}}}
  moon: {{url: "{moon.url}", prices: {{output: 100000, max_tokens: 40}}}}
models:
  far: {{upstream: sky, fallbacks: [{{upstream: moon, model: other}}]}}
""")
    status, headers, _ = server.chat("far")
    assert (status, headers["x-ember-served-by"]) == (200, "cloud:sky")
    for behaviour in ("500", "reset", "429"):
        sky.behaviour = behaviour
        status, headers, _ = server.chat("far")
        assert (status, headers["x-ember-served-by"]) == (200, "cloud:moon"), behaviour
        assert moon.requests[-1]["model"] == "other"
    # Now sky is disabled, and moon is asked at once.
    asked = len(sky.requests)
    assert server.chat("far")[1]["x-ember-served-by"] == "cloud:moon" and len(sky.requests) == asked
    # When the last one fails too, the client hears what that one said.
    moon.behaviour = "402"
    assert server.chat("far")[0] == 402


def test_the_cheapest_upstream_is_asked_first_where_that_is_wanted(ember, sky, moon):
    server = ember(f"""
upstream_order: cheapest
upstreams:
  sky: {{url: "{sky.url}", prices: {{output: 9, max_tokens: 40}}}}
  moon: {{url: "{moon.url}", prices: {{output: 1, max_tokens: 40}}}}
models:
  far: {{upstream: sky, fallbacks: [{{upstream: moon}}]}}
""")
    assert server.chat("far")[1]["x-ember-served-by"] == "cloud:moon"
    assert not sky.requests


@pytest.mark.parametrize("behaviour", ["500", "reset", "402"])
def test_what_the_cloud_fails_comes_back_to_the_edge(ember, sky, behaviour):
    server = ember(f"""
policy: cloud
upstreams: {{sky: {{url: "{sky.url}"}}}}
models:
  near: {{path: {SMOLLM2}, context: 1024, cloud: {{upstream: sky}}}}
""")
    assert server.chat("near")[1]["x-ember-served-by"] == "cloud:sky"
    sky.behaviour = behaviour
    status, headers, _ = server.chat("near", max_tokens=2)
    assert (status, headers["x-ember-served-by"]) == (200, "edge")
    steps = server.request(f"/ember/v1/decisions/{headers['x-ember-request-id']}")[2]["steps"]
    assert [step["what"] for step in steps] == ["cloud", "failed", "waits", "edge", "answered"]


def test_an_answer_that_has_begun_is_never_asked_for_again(ember, sky, moon):
    server = ember(f"""
upstreams: {{sky: {{url: "{sky.url}"}}, moon: {{url: "{moon.url}"}}}}
models: {{far: {{upstream: sky, fallbacks: [{{upstream: moon}}]}}}}
""")
    sky.behaviour = "cut"
    body = {"model": "far", "messages": [{"role": "user", "content": "x"}], "stream": True}
    request = urllib.request.Request(
        server.url + "/v1/chat/completions", json.dumps(body).encode(), {"content-type": "application/json"})
    text = urllib.request.urlopen(request, timeout=20).read().decode()
    assert '"error"' in text and not moon.requests


# By cost


def test_a_busy_model_sends_to_the_cloud_what_that_answers_sooner(ember, sky):
    server = ember(f"""
policy: least-context
weights: {{offloading: 0.5}}
upstreams: {{sky: {{url: "{sky.url}"}}}}
models:
  near: {{path: {SMOLLM2}, context: 1024, parallel: 1, cloud: {{upstream: sky}}}}
services: {{default: {{}}, private: {{local_only: true}}}}
""")
    assert server.chat("near", max_tokens=1, headers={"x-ember-service": "private"})[0] == 200
    # What a request takes here is known from one that took long; then one keeps the only slot.
    busy(server, "near", 20, {"x-ember-service": "private"}).join()
    thread = busy(server, "near", 20, {"x-ember-service": "private"})
    status, headers, _ = server.chat("near")
    thread.join()
    assert (status, headers["x-ember-served-by"]) == (200, "cloud:sky")
    assert headers["x-ember-offload-reason"] == "cheaper"
    told = server.request(f"/ember/v1/decisions/{headers['x-ember-request-id']}")[2]["alternatives"]
    near, far = (next(place for place in told if place["place"] == name) for name in ("resident", "cloud"))
    assert near["waiting"] > 0 and near["total"] > far["total"]
    cost = server.state()["cost"]
    assert cost["waiting"] >= 0 and cost["inference"] > 1 and cost["switching"] == pytest.approx(cost["load_seconds"])
    assert server.model("near")["seen"]["edge_seconds"] > 0.5


def test_a_load_is_for_those_that_follow_where_the_cloud_is_sooner(ember, sky):
    server = ember(f"""
upstreams: {{sky: {{url: "{sky.url}"}}}}
models:
  near: {{path: {SMOLLM2}, context: 1024, costs: {{cloud: 0.01}}, cloud: {{upstream: sky}}}}
""")
    _, headers, _ = server.chat("near")
    assert (headers["x-ember-served-by"], headers["x-ember-offload-reason"]) == ("cloud:sky", "cheaper")
    deadline = time.monotonic() + 20
    while server.model("near")["status"] != "loaded":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    # It is not known yet what it takes here: the first one is a trial, and then it is known.
    _, headers, _ = server.chat("near")
    assert (headers["x-ember-served-by"], headers["x-ember-edge-reason"]) == ("edge", "trial")
    assert "a trial" in server.command("explain", headers["x-ember-request-id"]).stdout
    _, headers, _ = server.chat("near")
    assert (headers["x-ember-served-by"], headers["x-ember-offload-reason"]) == ("cloud:sky", "cheaper")


def test_a_resident_stands_in_for_a_model_that_would_have_to_be_loaded(ember):
    server = ember(f"""
policy: least-context
services: {{default: {{}}, easy: {{stand_ins: [small]}}}}
models:
  small: {{path: {SMOLLM2}, context: 1024, accuracy: {{zero_shot: 0.9, weight: 1000}}}}
  large: {{path: {SMOLLM2_Q8}, context: 1024, costs: {{load: 60}}, accuracy: {{zero_shot: 0.95, weight: 1000}}}}
""")
    assert server.chat("small")[0] == 200
    status, headers, answer = server.chat("large", headers={"x-ember-service": "easy"})
    assert status == 200 and headers["x-ember-model"] == "small" and headers["x-ember-stand-in-for"] == "large"
    told = server.request(f"/ember/v1/decisions/{headers['x-ember-request-id']}")[2]
    assert [(place["model"], place["place"]) for place in told["alternatives"]] == [("large", "load"), ("small", "resident")]
    assert "small stands in" in server.command("explain", headers["x-ember-request-id"]).stdout
    # A service that allows none gets what it asks for, and so does the other one from then on.
    assert server.chat("large")[1]["x-ember-model"] == "large"
    headers = server.chat("large", headers={"x-ember-service": "easy"})[1]
    assert headers["x-ember-model"] == "large" and headers["x-ember-stand-in-for"] is None


# By deadline and by turn


def test_a_deadline_that_cannot_be_met_is_said_at_once(ember):
    server = ember(f"""
services: {{default: {{}}, quick: {{deadline: 200ms}}}}
models:
  only: {{path: {SMOLLM2}, context: 1024, parallel: 1}}
""")
    assert server.chat("only", max_tokens=2, headers={"x-ember-deadline": "60"})[0] == 200
    busy(server, "only", 3).join()
    thread = busy(server, "only", 3)
    began = time.monotonic()
    status, headers, answer = server.chat("only", headers={"x-ember-deadline": "0.3"})
    assert status == 503 and answer["error"]["code"] == "deadline_passed" and int(headers["retry-after"]) > 0
    assert time.monotonic() - began < 1
    assert server.chat("only", headers={"x-ember-service": "quick"})[0] == 503
    thread.join()
    assert server.chat("only", max_tokens=1, headers={"x-ember-service": "quick"})[0] == 200
    status, _, answer = server.chat("only", headers={"x-ember-deadline": "soon"})
    assert status == 400 and "x-ember-deadline" in answer["error"]["message"]


def test_tenants_take_turns(ember):
    server = ember(f"""
keys: [{{key: key-of-ann, name: ann}}, {{key: key-of-bob, name: bob}}]
models: {{only: {{path: {SMOLLM2}, context: 2048, parallel: 1}}}}
""")
    ann, bob = ({"authorization": f"Bearer key-of-{name}"} for name in ("ann", "bob"))
    assert server.chat("only", max_tokens=1, headers=ann)[0] == 200
    ended = []

    def ask(who, headers):
        assert server.chat("only", max_tokens=12, headers=headers, ignore_eos=True)[0] == 200
        ended.append(who)

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(ask, "ann", ann) for _ in range(10)]
        deadline = time.monotonic() + 20
        while len(ended) < 1 and time.monotonic() < deadline:
            time.sleep(0.01)
        asked.append(pool.submit(ask, "bob", bob))
        for answer in asked:
            answer.result()
    # Whatever ran when bob came, and at most one more of ann's, goes before.
    assert ended.index("bob") <= 4, ended


# Other policies


def test_the_policy_can_be_changed_while_it_runs(ember, tmp_path):
    state = tmp_path / "kept"
    server = ember(f"""
policy: least-context-gated
models: {{only: {{path: {SMOLLM2}, context: 1024}}}}
events: {{record: true}}
""", environment={"EMBER_STATE": str(state)})
    assert server.chat("only", max_tokens=1)[0] == 200
    process = server.model("only")["process"]
    assert server.command("policy").stdout.strip() == "least-context-gated"
    assert server.command("policy", "regret-forecast:horizon=20").stdout.strip() == "regret-forecast:horizon=20"
    assert server.state()["policy"] == "regret-forecast:horizon=20"
    assert server.model("only")["process"] == process
    assert server.chat("only", max_tokens=1)[0] == 200 and server.state()["cost"]["loads"] == 1
    unknown = server.command("policy", "lurch")
    assert unknown.returncode != 0 and "lurch" in unknown.stderr and "lru" in unknown.stderr
    assert "lru" in server.command("policy", "--list").stdout
    server.__exit__()
    log = next(pathlib.Path(state).glob("events/*.log"))
    assert any(" p regret-forecast" in line for line in log.read_text().splitlines())


# The same run under other policies


def test_a_servers_log_is_a_scenario(ember, sky, tmp_path):
    state = tmp_path / "kept"
    server = ember(f"""
memory: {{budget: 300MB}}
policy: least-context
queue: {{gate_wait: 0s, min_residency: 0}}
events: {{record: true}}
upstreams: {{sky: {{url: "{sky.url}", prices: {{output: 100, max_tokens: 40}}}}}}
models:
  small: {{path: {SMOLLM2}, context: 1024}}
  large: {{path: {SMOLLM2_Q8}, context: 1024}}
  far: {{upstream: sky}}
""", environment={"EMBER_STATE": str(state)})
    for model in ("small", "far", "large", "small", "small", "far", "large", "large"):
        assert server.chat(model)[0] == 200
    cost = server.state()["cost"]
    server.__exit__()
    log = next(pathlib.Path(state).glob("events/*.log"))
    done = subprocess.run(
        [BINARY, "compare", "--events", log, "--policies", "least-context,lru", "--seeds", "1", "--format", "json"],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)["rows"][0]
    assert row["policy"] == "least-context" and row["requests"] == 8
    assert row["loads"] == cost["loads"] == 4
    assert row["edge_ratio"] == pytest.approx(0.75)
    # Nothing was lost in between: the same decisions, the same seconds and money.
    for term, measured in [("switching", "switching"), ("load_seconds", "load_seconds"), ("billed", "billed"),
                           ("inference", "inference"), ("cloud", "cloud")]:
        assert row[term] == pytest.approx(cost[measured], rel=0.15), term
    older = tmp_path / "older.log"
    older.write_text(re.sub('"version":[0-9]+', '"version":1', log.read_text()))
    old = subprocess.run([BINARY, "compare", "--events", older], capture_output=True, text=True)
    assert old.returncode != 0 and "version 1" in old.stderr
