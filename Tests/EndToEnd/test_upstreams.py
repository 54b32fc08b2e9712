"""Upstreams that fail, and money that must not be spent, with a mock upstream."""

import concurrent.futures
import json
import time
import urllib.error
import urllib.request

import pytest

from ember_process import SMOLLM2


def config(sky, budget="", services="", upstream=""):
    # One unit of money a token of an answer, nothing for prompts.
    return f"""
{budget}
services:
  default: {{}}
  private: {{local_only: true}}
{services}
upstreams: {{sky: {{url: "{sky.url}", timeout: 2s, prices: {{output: 1000000, max_tokens: 40}}{upstream}}}}}
models:
  far: {{upstream: sky}}
  near: {{path: {SMOLLM2}, context: 1024, cloud: {{upstream: sky}}}}
"""


def spent(server):
    return server.state()["cloud"]["spent_today"]


def test_an_upstream_that_fails_is_left_alone_and_tried_again(ember, sky):
    server = ember(config(sky))
    sky.behaviour = "500"
    body = {"model": "far", "messages": [{"role": "user", "content": "Say hello."}]}
    for _ in range(3):
        # A page, and no error object.
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(urllib.request.Request(
                server.url + "/v1/chat/completions", json.dumps(body).encode(), {"content-type": "application/json"}))
        assert raised.value.code == 500 and b"<h1>" in raised.value.read()
    status, headers, answer = server.chat("far")
    assert status == 503 and answer["error"]["code"] == "upstream_unavailable" and int(headers["retry-after"]) >= 1
    assert len(sky.requests) == 3
    sky.behaviour = "well"
    time.sleep(1.2)
    assert server.chat("far")[0] == 200
    assert [server.chat("far")[0] for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("behaviour, code", [("reset", 502), ("hang", 502), ("cut", 502)])
def test_no_answer_is_a_clear_error_and_counts(ember, sky, behaviour, code):
    server = ember(config(sky))
    sky.behaviour = behaviour
    status, _, answer = server.chat("far")
    assert status == code and answer["error"]["code"] == "upstream_failed"
    assert server.state()["cloud"]["upstreams"][0]["failures"] == 1


def test_retry_after_is_heeded(ember, sky):
    server = ember(config(sky))
    sky.behaviour, sky.retry_after = "429", 2
    status, headers, _ = server.chat("far")
    assert status == 429 and headers["retry-after"] == "2"
    sky.behaviour = "well"
    assert server.chat("far")[0] == 503 and len(sky.requests) == 1
    time.sleep(2.1)
    assert server.chat("far")[0] == 200


def test_an_upstream_that_wants_money_is_left_alone_and_the_edge_answers(ember, sky):
    server = ember(config(sky))
    sky.behaviour = "402"
    assert server.chat("far")[0] == 402
    assert server.chat("far")[0] == 503
    status, headers, _ = server.chat("near", max_tokens=2)
    assert status == 200 and headers["x-ember-served-by"] == "edge"


def stream(server, **options):
    """The events of a stream, and its whole text."""
    body = {"model": "far", "messages": [{"role": "user", "content": "x"}], "stream": True, **options}
    request = urllib.request.Request(
        server.url + "/v1/chat/completions", json.dumps(body).encode(), {"content-type": "application/json"})
    text = urllib.request.urlopen(request, timeout=20).read().decode()
    return [line for line in text.splitlines() if line.startswith("data: ")], text


def test_a_stream_is_billed_by_its_usage_which_is_shown_only_if_asked_for(ember, sky):
    server = ember(config(sky))
    events, text = stream(server, max_tokens=40)
    # Not the 40 that it might have been.
    assert spent(server) == 10 and events[-1] == "data: [DONE]" and len(events) == 12 and "usage" not in text
    _, text = stream(server, max_tokens=40, stream_options={"include_usage": True})
    assert spent(server) == 20 and '"completion_tokens": 10' in text
    # Without a word about it, Ember asks; what else the client says stays.
    for count, options in enumerate((None, {}, {"include_usage": None}, {"include_obfuscation": False})):
        _, text = stream(server, max_tokens=40, stream_options=options)
        assert spent(server) == 30 + 10 * count and "usage" not in text
        assert sky.requests[-1]["stream_options"] == {**(options or {}), "include_usage": True}
    # A client that says otherwise is not asked behind its back: the most that it can cost counts.
    _, text = stream(server, max_tokens=40, stream_options={"include_usage": False})
    assert spent(server) == 100 and "usage" not in text


def test_a_stream_that_breaks_off_ends_with_an_error_event(ember, sky):
    server = ember(config(sky))
    sky.behaviour = "cut"
    events, text = stream(server)
    assert '"error"' in events[-1] and "[DONE]" not in text and "w0" in events[0]


def test_a_local_only_service_never_leaves(ember, sky):
    server = ember(config(sky))
    private = {"x-ember-service": "private"}
    status, _, answer = server.chat("far", headers=private)
    assert status == 403 and answer["error"]["code"] == "local_only"
    for _ in range(3):
        assert server.chat("near", max_tokens=1, headers=private)[1]["x-ember-served-by"] == "edge"
    assert not sky.requests


def test_no_budget_is_exceeded_and_the_rest_is_given_back(ember, sky, tmp_path):
    state = {"EMBER_STATE": str(tmp_path / "kept")}
    server = ember(config(sky, budget="budget: {day: 100}"), environment=state)
    # Each may answer with 40 tokens, and answers with 10.
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: server.chat("far", max_tokens=40)[0], range(30)))
    assert statuses.count(200) == len(sky.tokens_billed) >= 2 and 429 in statuses
    while (reply := server.chat("far", max_tokens=40))[0] == 200:
        pass
    status, headers, answer = reply
    billed = sum(answered for _, answered in sky.tokens_billed)
    assert 60 < billed <= 100 and spent(server) == billed
    assert status == 429 and answer["error"]["code"] == "budget_spent" and int(headers["retry-after"]) > 0
    # A restart renews nothing; a smaller request still fits.
    server.__exit__()
    server = ember(config(sky, budget="budget: {day: 100}"), environment=state)
    assert spent(server) == billed
    assert server.chat("far", max_tokens=40)[0] == 429
    left = 100 - billed
    assert server.chat("far", max_tokens=min(left, 10))[0] == (200 if left else 429)


def test_answers_without_a_bound_get_one(ember, sky):
    server = ember(config(sky, budget="budget: {day: 50}"))
    body = {"model": "far", "messages": [{"role": "user", "content": "x"}]}
    assert server.request("/v1/chat/completions", body)[0] == 200
    assert sky.requests[-1]["max_tokens"] == 40
    assert spent(server) == 10
    # An error costs nothing.
    sky.behaviour = "402"
    assert server.request("/v1/chat/completions", body)[0] == 402
    assert spent(server) == 10


def test_a_services_budget_is_its_own(ember, sky):
    server = ember(config(sky, services="  frugal: {budget: {day: 15}}"))
    frugal = {"x-ember-service": "frugal"}
    assert server.chat("far", max_tokens=10, headers=frugal)[0] == 200
    assert server.chat("far", max_tokens=10, headers=frugal)[0] == 429
    assert server.chat("far", max_tokens=10)[0] == 200
