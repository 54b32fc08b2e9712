"""Streams that break off, never begin or tell an error: every API's own client must raise."""

import json
import threading
import time
import urllib.request

import anthropic
import litellm
import openai
import pytest

import scripted_engine
from ember_process import ROOT
from scripted_engine import BEGINNINGS, ENDINGS, EVENTS

CHAT, COMPLETIONS, MESSAGES, RESPONSES = PATHS = (
    "/v1/chat/completions", "/v1/completions", "/v1/messages", "/v1/responses")
litellm.telemetry = False
litellm.suppress_debug_info = True


def scripted(more=""):
    program = ROOT / "Tests/EndToEnd/scripted_engine.py"
    return f'{{command: [python3, {program}, "${{socket}}"], memory: 30MB{more}}}'


@pytest.fixture(scope="module")
def sky():
    server = scripted_engine.serve()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def server(ember, sky):
    return ember(
        f"""
ping_interval: 200ms
upstreams: {{sky: {{url: "{sky.url}", timeout: 5s}}}}
models:
  near: {scripted()}
  far: {{upstream: sky}}
""")


def read_openai(server, path, model, text, stream=True):
    """What a client gets of a stream before it ends or raises."""
    client = openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0, timeout=30)
    pieces = []
    if path == CHAT:
        answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}], stream=True)
        for event in answer:
            pieces += [choice.delta.content for choice in event.choices]
    elif path == COMPLETIONS:
        for event in client.completions.create(model=model, prompt=text, stream=True):
            pieces += [choice.text for choice in event.choices]
    else:
        for event in client.responses.create(model=model, input=text, stream=True):
            pieces += [event.delta] if event.type == "response.output_text.delta" else []
    return pieces


def read_anthropic(server, path, model, text):
    client = anthropic.Anthropic(base_url=server.url, api_key="none", max_retries=0, timeout=30)
    pieces = []
    with client.messages.stream(model=model, max_tokens=9, messages=[{"role": "user", "content": text}]) as stream:
        pieces += stream.text_stream
    return pieces


def read_litellm(server, path, model, text):
    (kind, base) = ("anthropic", "") if path == MESSAGES else ("openai", "/v1")
    answer = litellm.completion(
        model=f"{kind}/{model}", api_base=server.url + base, api_key="none", stream=True, max_tokens=9, num_retries=0,
        max_retries=0, messages=[{"role": "user", "content": text}])
    return [event.choices[0].delta.content for event in answer]


CLIENTS = [
    (read_openai, CHAT), (read_openai, COMPLETIONS), (read_openai, RESPONSES), (read_anthropic, MESSAGES),
    (read_litellm, CHAT), (read_litellm, MESSAGES),
]


def raises(name, read, server, path, model, steps):
    """The error that the client raises; `name` says of what."""
    text = steps if isinstance(steps, str) else json.dumps(steps)
    try:
        got = read(server, path, model, text)
    except Exception as error:  # noqa: BLE001: each client has its own
        assert "Error" in type(error).__name__, (name, read, path, model, error)
        return error
    raise AssertionError((name, read.__name__, path, model, "ended well", got))


def reads_well(read, server, path, model, steps):
    text = steps if isinstance(steps, str) else json.dumps(steps)
    got = "".join(filter(None, read(server, path, model, text)))
    assert got.startswith("one "), (read.__name__, path, model, steps, got)


def is_well(server):
    """Waits until the engine answers again, after which failures are counted from 0."""
    end = time.monotonic() + 30
    while server.chat("near")[0] != 200:
        assert time.monotonic() < end
        time.sleep(0.1)


def raw(server, path, model, text):
    """The bytes of a stream."""
    body = {"model": model, "stream": True, "max_tokens": 9}
    body |= {CHAT: {"messages": [{"role": "user", "content": text}]}, MESSAGES: {"messages": [{"role": "user", "content": text}]},
             COMPLETIONS: {"prompt": text}, RESPONSES: {"input": text}}[path]
    request = urllib.request.Request(server.url + path, json.dumps(body).encode(), {"content-type": "application/json"})
    return urllib.request.urlopen(request, timeout=30).read().decode()


def asked(path, model):
    """The path by which the model's server is asked: engines receive messages as chats, upstreams as they are."""
    return CHAT if path == MESSAGES and model == "near" else path


def breaks(path, model):
    """Ways in which the model's stream breaks off after its first token, by name."""
    path = asked(path, model)
    begun = [["head", EVENTS], ["send", BEGINNINGS[path]]]
    half = ENDINGS[path][: len(ENDINGS[path]) // 3]
    told = {"code": 500, "message": "told within", "type": "server_error"}
    return {
        "the connection ends": [*begun, ["cut"]],
        "a proxy ends it nicely": [*begun, ["end"]],
        "within an event": [*begun, ["send", half], ["end"]],
        "its end is the connection's": [["close"], *begun, ["cut"]],
        "within an event, likewise": [["close"], *begun, ["send", half], ["cut"]],
        "an error is sent": [*begun, ["send", scripted_engine.events({"error": told})], ["end"]],
        "an error is sent to Anthropic's": [*begun, ["send", f"event: error\ndata: {json.dumps(told)}\n\n"], ["end"]],
    }


def test_whole_streams_are_whole(server):
    for read, path in CLIENTS:
        for model in ("near", "far"):
            form = asked(path, model)
            # As servers of HTTP/1.0 end them, or without the blank line at the end.
            closed = [["close"], ["head", EVENTS], ["send", BEGINNINGS[form] + ENDINGS[form].rstrip("\n")]]
            for steps in ("hello", closed):
                reads_well(read, server, path, model, steps)
    # A client that leaves at the last event, before the end of its stream, is one that has left.
    assert len(CLIENTS) <= server.state()["cost"]["edge_requests"] <= 2 * len(CLIENTS)


def test_every_client_raises_where_a_stream_breaks_off(server):
    for read, path in CLIENTS:
        for model in ("near", "far"):
            for name, steps in breaks(path, model).items():
                raises(name, read, server, path, model, steps)
            # An upstream that breaks off is disabled; this is about streams.
            reads_well(read, server, path, "near", "hello")
            time.sleep(1.1 if model == "far" else 0)
    assert server.state()["cost"]["edge_requests"] <= 2 * len(CLIENTS), "of all others none was answered"


@pytest.mark.parametrize("path", PATHS)
def test_an_error_that_a_stream_tells_is_told_in_the_apis_form(server, path):
    text = raw(server, path, "near", json.dumps(breaks(path, "near")["an error is sent"]))
    last = text.strip().split("\n\n")[-1]
    error = json.loads(last.rsplit("data: ", 1)[1])["error"]
    assert error["message"] == "told within" and error["code"] == "500" and error["param"] is None
    assert last.startswith("event: error\n") == (path in (MESSAGES, RESPONSES)) and "[DONE]" not in text


def test_every_client_raises_where_an_engine_dies(server):
    is_well(server)
    for read, path in CLIENTS:
        begun = [["head", EVENTS], ["send", BEGINNINGS[asked(path, "near")]], ["wait", 0.1]]
        raises("death", read, server, path, "near", [*begun, ["die"]])
        is_well(server)
    raises("death at a close-delimited answer", read, server, path, "near", [["close"], *begun, ["die"]])
    is_well(server)
    # Before the first token it is tried once more, with comments meanwhile, and then refused.
    for read, path in ((read_openai, CHAT), (read_anthropic, MESSAGES)):
        raises("death before a token", read, server, path, "near", [["wait", 0.4], ["die"]])
        is_well(server)


def test_a_reason_to_finish_is_an_end_where_the_engine_lives(server):
    for read, path in CLIENTS:
        if path != CHAT:
            continue
        finished = BEGINNINGS[path] + ENDINGS[path].replace("data: [DONE]\n\n", "")
        for model in ("near", "far"):
            for ways in ([["head", EVENTS], ["send", finished], ["end"]], [["close"], ["head", EVENTS], ["send", finished]]):
                reads_well(read, server, path, model, ways)
        raises("death", read, server, path, "near", [["close"], ["head", EVENTS], ["send", finished], ["die"]])
        is_well(server)


def test_every_client_raises_where_an_engine_never_starts(ember):
    server = ember(
        """
ping_interval: 200ms
models: {never: {command: [python3, -c, "import time; time.sleep(600); '${socket}'"], memory: 30MB, start_timeout: 500ms}}
""")
    for read, path in CLIENTS:
        raises("never", read, server, path, "never", "hello")


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_that_is_no_stream_is_an_error(server, path):
    """Before the response has begun it has a status, later it is an event."""
    whole = json.dumps({"choices": [], "usage": {"total_tokens": 2}})
    bad = json.dumps({"error": {"code": 400, "message": "too long", "n_ctx": 512}})
    is_well(server)
    for model in ("near", "far"):
        with pytest.raises(urllib.error.HTTPError) as raised:
            raw(server, path, model, json.dumps([["answer", 200, "application/json", whole]]))
        assert raised.value.code == 502
        with pytest.raises(urllib.error.HTTPError) as raised:
            raw(server, path, model, json.dumps([["answer", 400, "application/json", bad]]))
        error = json.loads(raised.value.read())["error"]
        assert raised.value.code == 400 and error["code"] == "400" and error["n_ctx"] == 512
        for answer in ((200, whole), (400, bad), (500, bad), (502, "<html>")):
            steps = [["wait", 0.3], ["answer", answer[0], "application/json", answer[1]]]
            text = raw(server, path, model, json.dumps(steps))
            last = text.strip().split("\n\n")[-1]
            assert text.startswith(": waiting") and json.loads(last.rsplit("data: ", 1)[1])["error"]["message"]
            assert last.startswith("event: error\n") == (path in (MESSAGES, RESPONSES))


def test_whole_answers_that_are_cut_are_tried_again(server, sky):
    """Where only the connection's end tells theirs, or their length was not reached."""
    whole = json.dumps(scripted_engine.WHOLE[CHAT])
    close = [["close"], ["head", "application/json"]]
    for model in ("near", "far"):
        assert server.chat(model, json.dumps([*close, ["send", whole]]))[0] == 200
        for number, cut in enumerate((["send", whole[:40]], ["send", ""])):
            once = ["once", f"{model} {number}", [*close, cut, ["cut"]]]
            status, _, answer = server.chat(model, json.dumps([once, *close, ["send", whole]]))
            if model == "near":
                assert status == 200 and answer["choices"]
            else:
                assert status == 502 and answer["error"]["code"] == "upstream_failed"
    status, _, answer = server.chat("near", json.dumps([*close, ["send", whole[:40]], ["cut"]]))
    assert status == 502 and answer["error"]["code"] == "engine_failed"


def test_a_slow_engine_gets_comments_and_another_try(server):
    """Comments end no tries: the first time it breaks off behind some, then it answers."""
    is_well(server)
    for read, path in CLIENTS:
        form = asked(path, "near")
        answer = [["head", EVENTS], ["send", BEGINNINGS[form] + ENDINGS[form]], ["end"]]
        reads_well(read, server, path, "near", [["wait", 0.5], *answer])
    for path in PATHS:
        form = asked(path, "near")
        answer = [["head", EVENTS], ["send", BEGINNINGS[form] + ENDINGS[form]], ["end"]]
        steps = [["once", f"slow {path}", [["wait", 0.5], ["cut"]]], ["wait", 0.3], *answer]
        text = raw(server, path, "near", json.dumps(steps))
        assert text.count(": waiting for the model\n\n") >= 3 and ": served by edge, model near" in text
        last = ENDINGS[path].split("\n\n")[-2]
        assert "event: error" not in text and text.replace(" ", "").endswith(last.replace(" ", "") + "\n\n")


def test_a_streams_own_faults_have_a_status(server):
    """What Ember knows at once is no event in a stream."""
    for body, code in (({"model": "none"}, 404), ({"model": 1}, 400)):
        assert server.request(MESSAGES, {"stream": True, **body})[0] == code


def test_a_stream_that_shutdown_ends_says_so(ember):
    server = ember(f"drain_timeout: 1s\nmodels: {{near: {scripted()}}}\n")
    steps = json.dumps([["head", EVENTS], ["send", BEGINNINGS[CHAT]], ["wait", 20]])
    result = []

    def read():
        try:
            result.append(read_anthropic(server, MESSAGES, "near", steps))
        except Exception as error:
            result.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    deadline = time.monotonic() + 20
    while not server.model("near")["in_flight"] and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.2)
    server.__exit__()
    reader.join(20)
    assert isinstance(result[0], Exception), result


def test_an_earlier_death_is_not_told_of_a_healthy_engine(server):
    assert server.chat("near", json.dumps([["die"]]))[0] == 502
    assert "code 7" in server.model("near")["failure"]
    is_well(server)
    model = server.model("near")
    assert model["status"] == "loaded" and not model.get("failure")
    # An engine that answers nonsense now has not died of what was then.
    _, _, answer = server.chat("near", json.dumps([["cut"]]))
    assert answer["error"]["code"] == "engine_failed" and "code 7" not in answer["error"]["message"]


def test_errors_have_anthropics_types(ember, sky):
    server = ember(f'keys: [{{key: "secret-of-the-test", name: k}}]\nmodels: {{far: {{upstream: sky}}}}\n'
                   f'upstreams: {{sky: {{url: "{sky.url}", timeout: 5s}}}}\n')
    body = {"model": "far", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]}
    key = {"x-api-key": "secret-of-the-test"}
    status, _, answer = server.request(MESSAGES, body)
    assert status == 401 and answer["type"] == "error" and answer["error"]["type"] == "authentication_error"
    status, _, answer = server.request(MESSAGES, {**body, "model": "none"}, key)
    assert status == 404 and answer["error"]["type"] == "not_found_error"
    body["messages"][0]["content"] = json.dumps([["answer", 503, "application/json", '{"error": {"message": "busy"}}']])
    status, _, answer = server.request(MESSAGES, body, key)
    assert status == 503 and answer["error"]["type"] == "overloaded_error" and answer["error"]["message"] == "busy"
    client = anthropic.Anthropic(base_url=server.url, api_key="secret-of-the-test", max_retries=0)
    with pytest.raises(anthropic.NotFoundError):
        client.messages.create(**{**body, "model": "none"})
