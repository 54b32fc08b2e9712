"""Errors of 500 that are about a request: its client gets 400, and no other client notices."""

import json

import anthropic
import openai
import pytest

import scripted_engine
from ember_process import ROOT, SMOLLM2

JSON = "application/json"
#: As llama-server tells what its template cannot read.
FAULT = json.dumps({"error": {"code": 500, "message": "Missing 'role'", "type": "server_error"}})
INVALID = json.dumps({"error": {"code": 500, "message": "Missing 'role'", "type": "invalid_request_error"}})
PAGE = "<html>500</html>"


def answers(status, body, kind=JSON):
    return [["answer", status, kind, body]]


@pytest.fixture
def skies():
    servers = [scripted_engine.serve(), scripted_engine.serve()]
    yield servers
    for server in servers:
        server.shutdown()
        server.server_close()


def config(skies, prices="", second="", more=""):
    program = ROOT / "Tests/EndToEnd/scripted_engine.py"
    return f"""
ping_interval: 200ms
policy: cloud
upstreams:
  first: {{url: "{skies[0].url}", timeout: 5s{prices}}}
  second: {{url: "{skies[1].url}", timeout: 5s{second}}}
models:
  far: {{upstream: first}}
  fallen: {{upstream: first, fallbacks: [{{upstream: second}}]}}
  both: {{command: [python3, {program}, "${{socket}}"], memory: 30MB, cloud: {{upstream: first}}}}
  near: {{command: [python3, {program}, "${{socket}}"], memory: 30MB}}
{more}"""


def client(server):
    return openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=2)


def ask(server, model, steps, **options):
    text = steps if isinstance(steps, str) else json.dumps(steps)
    return client(server).chat.completions.create(
        model=model, messages=[{"role": "user", "content": text}], **options)


def failures(server, name="first"):
    return {one["name"]: one["failures"] for one in server.state()["cloud"]["upstreams"]}.get(name, 0)


def test_bad_requests_of_one_client_do_not_trip_an_upstream(ember, skies):
    server = ember(config(skies, prices=", prices: {output: 1, max_tokens: 40}"))
    for number in range(5):
        with pytest.raises(openai.BadRequestError, match="Missing 'role'") as raised:
            ask(server, "far", [["wait", number / 1000], *answers(500, FAULT)])
        assert raised.value.body["code"] == "500" and raised.value.body["type"] == "invalid_request_error"
        # What costs money is asked once, also by the client.
        assert len(skies[0].seen) == number + 1
    assert failures(server) == 0 and server.state()["cloud"]["spent_today"] == 0
    assert ask(server, "far", "hello").choices[0].message.content == "well"
    # Anthropic's clients get it in their form, streams and late ones in theirs.
    with pytest.raises(anthropic.BadRequestError, match="Missing 'role'") as raised:
        anthropic.Anthropic(base_url=server.url, api_key="none").messages.create(
            model="far", max_tokens=9, messages=[{"role": "user", "content": json.dumps(answers(500, FAULT))}])
    assert raised.value.body["error"]["type"] == "invalid_request_error"
    with pytest.raises(openai.BadRequestError):
        ask(server, "far", answers(500, f"data: {FAULT}\n\n", "text/event-stream"), stream=True)
    with pytest.raises(openai.APIError, match="Missing 'role'"):
        list(ask(server, "far", [["wait", 0.3], *answers(500, FAULT)], stream=True))
    assert failures(server) == 0


def test_an_upstream_that_fails_every_request_is_left_alone(ember, skies):
    server = ember(config(skies))
    statuses = [server.chat("far", json.dumps([["wait", n / 1000], *answers(500, FAULT)]))[0] for n in range(9)]
    # Trusted at first; then what it says is passed on, and it is asked no more.
    assert statuses == [400] * 7 + [500, 503] and failures(server) == 3
    # A request that is sent again and again tells nothing.
    server = ember(config(skies))
    assert {server.chat("far", json.dumps(answers(500, FAULT)))[0] for _ in range(20)} == {400}


@pytest.mark.parametrize("status, body", [(500, PAGE), (500, "{}"), (500, ""), (502, FAULT), (503, FAULT), (504, FAULT), (529, FAULT)])
def test_what_is_about_the_server_counts_at_once(ember, skies, status, body):
    server = ember(config(skies))
    for number in range(3):
        with pytest.raises(openai.APIStatusError) as raised:
            client(server).with_options(max_retries=0).chat.completions.create(
                model="far", messages=[{"role": "user", "content": json.dumps(answers(status, body))}])
        assert raised.value.status_code == status and failures(server) == number + 1
    assert server.chat("far", "hello")[0] == 503


def test_one_more_place_is_asked_where_that_costs_nothing(ember, skies):
    server = ember(config(skies))
    assert server.chat("fallen", json.dumps(answers(500, FAULT)))[0] == 400
    assert [len(sky.seen) for sky in skies] == [1, 1] and failures(server) == failures(server, "second") == 0
    # Where another upstream succeeds, the request was not at fault.
    once = [["once", "first", answers(500, FAULT)]]
    skies[1].done.add("first")
    status, headers, _ = server.chat("fallen", json.dumps([*once, *answers(200, json.dumps(scripted_engine.WHOLE["/v1/chat/completions"]))]))
    assert status == 200 and headers["x-ember-served-by"] == "cloud:second" and failures(server) == 1
    # Where the server says that it is the request, nothing else is asked.
    before = [len(sky.seen) for sky in skies]
    for status in (500, 501):
        assert server.chat("fallen", json.dumps(answers(status, INVALID)))[0] == 400
    assert [len(sky.seen) for sky in skies] == [before[0] + 2, before[1]]


def test_a_priced_upstream_is_no_further_try(ember, skies):
    server = ember(config(skies, second=", prices: {output: 1, max_tokens: 40}"))
    assert server.chat("fallen", json.dumps(answers(500, FAULT)))[0] == 400
    assert [len(sky.seen) for sky in skies] == [1, 0]


def test_the_edge_is_the_further_try(ember, skies):
    server = ember(config(skies))
    # To the upstream it is bad; the engine has a socket of its own, and answers "hello" well.
    skies[0].RequestHandlerClass = type("Refusing", (scripted_engine.Handler,), {
        "do_POST": lambda self: (self.rfile.read(int(self.headers["content-length"])), self.whole(500, JSON, FAULT))})
    status, headers, answer = server.chat("both", "hello")
    assert status == 200 and headers["x-ember-served-by"] == "edge" and answer["choices"]
    assert failures(server) == 1
    # And where the edge fails it as well, its client gets the error.
    status, _, answer = server.chat("both", json.dumps(answers(500, FAULT)))
    assert status == 400 and answer["error"]["message"] == "Missing 'role'"
    assert failures(server) == 1


def test_an_engine_that_lives_on_blames_the_request(ember, skies):
    server = ember(config(skies))
    for status in (500, 501, 505):
        with pytest.raises(openai.BadRequestError, match="Missing 'role'"):
            ask(server, "near", answers(status, FAULT))
    for status, body in ((502, FAULT), (503, FAULT), (500, PAGE)):
        with pytest.raises(openai.InternalServerError):
            client(server).with_options(max_retries=0).chat.completions.create(
                model="near", messages=[{"role": "user", "content": json.dumps(answers(status, body))}])
    assert server.model("near")["failures"] == 0
    assert ask(server, "near", "hello").choices


@pytest.mark.parametrize("messages", [
    [{"content": "no role"}],
    [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}]}],
    [{"role": "user", "content": [{"type": "text", "text": 7}]}],
    [{"role": "user", "content": {"a": 1}}],
])
def test_llama_servers_own_words_reach_the_client_as_400(ember, messages):
    server = ember(f"models: {{small: {{path: {SMOLLM2}, context: 512}}}}\n")
    for stream in (False, True):
        status, _, answer = server.chat("small", messages=messages, stream=stream)
        assert status == 400 and answer["error"]["message"], answer
        assert answer["error"]["code"] is None or isinstance(answer["error"]["code"], str)
