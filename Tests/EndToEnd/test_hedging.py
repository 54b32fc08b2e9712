"""Requests that an upstream is slow to answer, begun at the edge too."""

import concurrent.futures
import http.client
import json
import signal
import threading
import time
import urllib.parse
import urllib.request

import pytest

import raw_http
from ember_process import SMOLLM2, played_engine
from waiting import eventually


def worker(**settings):
    return f"{played_engine(**settings)}, parallel: 1"


def config(sky, engine, hedge="300ms", preload=True):
    # One unit of money a token of an answer. A resident is always dearer than the cloud, and the policy loads nothing itself.
    return f"""
policy: cloud
services: {{default: {{}}, private: {{local_only: true}}}}
upstreams: {{sky: {{url: "{sky.url}", timeout: 20s, hedge: {hedge}, prices: {{output: 1000000, max_tokens: 40}}}}}}
models:
  near: {{{engine}, preload: {str(preload).lower()}, cloud: {{upstream: sky}}, costs: {{token: 1, cloud: 0}}}}
"""


def resident(server):
    eventually(lambda: server.model("near")["status"] == "loaded", 60)
    return server


def spent(server):
    return server.state()["cloud"]["spent_today"]


def steps(server, headers):
    told = server.request(f"/ember/v1/decisions/{headers['x-ember-request-id']}")[2]
    return [step["what"] for step in told["steps"]]


def test_the_edge_answers_when_the_upstream_is_slow(ember, sky):
    sky.latency = 15
    server = resident(ember(config(sky, f"path: {SMOLLM2}, context: 1024", hedge="200ms")))
    began = time.monotonic()
    status, headers, answer = server.chat("near")
    assert time.monotonic() - began < sky.latency
    assert status == 200 and answer["choices"][0]["message"]["content"]
    assert headers["x-ember-served-by"] == "edge" and headers["x-ember-model"] == "near"
    assert headers["x-ember-hedged"] == "true" and headers["x-ember-offload-reason"] is None
    assert steps(server, headers) == ["cloud", "hedged", "edge", "hedge_won", "answered"]
    assert "hedge won" in server.command("explain", headers["x-ember-request-id"]).stdout
    # It is unknown what the upstream charges for it: at most eight tokens were set aside.
    assert len(sky.requests) == 1 and spent(server) == 8
    cost = server.state()["cost"]
    assert cost["edge_requests"] == 1 and cost["cloud_requests"] == 0
    assert server.model("near")["in_flight"] == 0


def test_a_stream_is_hedged_as_well(ember, sky):
    sky.latency = 15
    server = resident(ember(config(sky, f"path: {SMOLLM2}, context: 1024", hedge="200ms")))
    body = {"model": "near", "messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 8, "stream": True}
    request = urllib.request.Request(
        server.url + "/v1/chat/completions", json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        assert response.headers["x-ember-served-by"] == "edge" and response.headers["x-ember-hedged"] == "true"
        text = response.read().decode()
    assert "data: [DONE]" in text and '"error"' not in text


def test_a_quick_upstream_is_not_hedged(ember, sky):
    server = resident(ember(config(sky, worker(), hedge="10s")))
    status, headers, _ = server.chat("near")
    assert (status, headers["x-ember-served-by"]) == (200, "cloud:sky")
    assert headers["x-ember-offload-reason"] == "cheaper" and headers["x-ember-hedged"] is None
    assert steps(server, headers) == ["cloud", "answered"]
    cost = server.state()["cost"]
    assert cost["edge_requests"] == 0 and cost["cloud_requests"] == 1


def test_the_upstream_may_still_be_the_first(ember, sky):
    sky.latency = 2
    server = resident(ember(config(sky, worker(seconds=12))))
    began = time.monotonic()
    status, headers, answer = server.chat("near")
    assert time.monotonic() - began < 10
    assert status == 200 and answer["choices"][0]["message"]["content"] == "from the mock"
    assert headers["x-ember-served-by"] == "cloud:sky" and headers["x-ember-hedged"] == "true"
    assert steps(server, headers) == ["cloud", "hedged", "edge", "hedge_lost", "answered"]
    assert server.model("near")["in_flight"] == 0
    cost = server.state()["cost"]
    assert cost["edge_requests"] == 0 and cost["cloud_requests"] == 1
    assert spent(server) == 8


@pytest.mark.parametrize("behaviour, bill", [("500", 0), ("reset", 8)])
def test_the_edge_answers_when_the_upstream_fails_meanwhile(ember, sky, behaviour, bill):
    sky.latency, sky.behaviour = 1.5, behaviour
    server = resident(ember(config(sky, worker(seconds=4))))
    status, headers, _ = server.chat("near")
    assert (status, headers["x-ember-served-by"], headers["x-ember-hedged"]) == (200, "edge", "true")
    assert steps(server, headers) == ["cloud", "hedged", "edge", "hedge_won", "answered"]
    assert server.state()["cloud"]["upstreams"][0]["failures"] == 1
    # An error costs nothing.
    assert spent(server) == bill
    assert server.model("near")["in_flight"] == 0


def test_an_upstream_that_fails_before_the_hedge_is_as_without_one(ember, sky):
    sky.behaviour = "500"
    server = resident(ember(config(sky, worker(), hedge="10s")))
    status, headers, _ = server.chat("near")
    assert (status, headers["x-ember-served-by"], headers["x-ember-hedged"]) == (200, "edge", None)
    assert steps(server, headers) == ["cloud", "failed", "edge", "answered"]
    assert server.state()["cloud"]["upstreams"][0]["failures"] == 1


def test_a_hedge_that_fails_leaves_the_word_to_the_upstream(ember, sky):
    sky.latency = 2
    server = resident(ember(config(sky, worker(status=500))))
    status, headers, answer = server.chat("near")
    assert status == 200 and answer["choices"][0]["message"]["content"] == "from the mock"
    assert headers["x-ember-served-by"] == "cloud:sky" and headers["x-ember-hedged"] == "true"
    assert steps(server, headers) == ["cloud", "hedged", "edge", "failed", "answered"]
    assert server.model("near")["in_flight"] == 0


def test_a_model_that_is_not_in_memory_is_not_hedged(ember, sky):
    sky.latency = 1.5
    server = ember(config(sky, worker(), hedge="100ms", preload=False))
    status, headers, _ = server.chat("near")
    assert (status, headers["x-ember-served-by"]) == (200, "cloud:sky")
    assert headers["x-ember-offload-reason"] == "not_admitted" and headers["x-ember-hedged"] is None
    assert server.state()["cost"]["loads"] == 0


def test_a_hedge_takes_nobodys_place(ember, sky):
    sky.latency = 1.5
    server = resident(ember(config(sky, worker(seconds=6), hedge="100ms")))
    other = threading.Thread(target=server.chat, args=("near",), kwargs={"headers": {"x-ember-service": "private"}})
    other.start()
    eventually(lambda: server.model("near")["in_flight"] == 1)
    status, headers, _ = server.chat("near")
    assert (status, headers["x-ember-served-by"], headers["x-ember-hedged"]) == (200, "cloud:sky", None)
    other.join()
    assert server.state()["cost"]["edge_requests"] == 1


def test_a_client_that_leaves_in_the_middle_of_the_race_ends_both(ember, sky):
    sky.latency = 12
    server = resident(ember(config(sky, worker(seconds=12), hedge="100ms")))
    address = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    body = {"model": "near", "messages": [{"role": "user", "content": "x"}], "max_tokens": 8}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), {"content-type": "application/json"})
    eventually(lambda: server.model("near")["in_flight"] == 1)
    raw_http.reset(connection.sock)
    eventually(lambda: server.model("near")["in_flight"] == 0, 5)
    cost = server.state()["cost"]
    assert cost["edge_requests"] == 0 and cost["cloud_requests"] == 0
    assert spent(server) == 8


@pytest.mark.parametrize("drain, seconds", [("20s", 2), ("500ms", 15)])
def test_both_run_when_ember_ends(ember, sky, drain, seconds):
    """Who comes first within the drain answers; after it the client gets an error, once. What both may cost stays written down."""
    sky.latency = 15
    server = resident(ember(f"drain_timeout: {drain}\n" + config(sky, worker(seconds=seconds), hedge="200ms")))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        asked = pool.submit(server.chat, "near")
        eventually(lambda: server.model("near")["in_flight"] == 1 and len(sky.requests) == 1)
        server.process.send_signal(signal.SIGTERM)
        status, headers, answer = asked.result()
    assert server.process.wait(20) == 0
    if drain == "20s":
        assert status == 200 and headers["x-ember-served-by"] == "edge" and headers["x-ember-hedged"] == "true"
    else:
        assert status == 503 and answer["error"]["code"] == "shutting_down" and headers["retry-after"] == "5", answer
    again = ember(config(sky, worker(), preload=False), environment={"EMBER_STATE": server.environment["EMBER_STATE"]})
    assert spent(again) == 8 and again.state()["cloud"]["set_aside"] == 0
