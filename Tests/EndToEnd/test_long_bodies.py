"""Long requests: what cannot fit is refused before a model is loaded for it, and reading one does not keep others waiting."""

import json
import statistics
import threading
import time

import openai
import pytest

from ember_process import MINILM, SMOLLM2, Ember, played_engine
from odd_bodies import CHAT, COMPLETIONS, COUNT, EMBEDDINGS, MESSAGES, RESPONSES

CONFIG = f"""
memory: {{budget: 700MB}}
max_body: 40MB
models:
  smollm2: {{path: {SMOLLM2}, context: 512}}
  minilm: {{path: {MINILM}, embeddings: true, context: 1024}}
  shifting: {{path: {SMOLLM2}, context: 512, args: [--context-shift]}}
  played: {{{played_engine(0)}}}
"""

# smollm2: 512 tokens for a request, and no token of more than 80 visible bytes.
WINDOW, LONGEST = 512, 80


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Ember(CONFIG, tmp_path_factory.mktemp("long")) as ember:
        yield ember


def said(text):
    return [{"role": "user", "content": text}]


def test_the_issues_request_is_refused_without_a_load(server):
    """120,000 messages of one letter: 3.6 MB, for which the engine took a gigabyte."""
    loads = server.state()["cost"]["loads"]
    began = time.monotonic()
    status, _, answer = server.request(CHAT, {"model": "smollm2", "messages": said("a") * 120_000})
    assert status == 400 and "120000" in answer["error"]["message"], answer
    assert time.monotonic() - began < 10
    # Their number is allowed, but they do not fit.
    status, _, answer = server.request(CHAT, {"model": "smollm2", "messages": said("a") * 16_000})
    assert (status, answer["error"]["code"], answer["error"]["param"]) == (400, "context_length_exceeded", "messages"), answer
    assert str(WINDOW) in answer["error"]["message"] and "16000 for the messages" in answer["error"]["message"]
    assert server.state()["cost"]["loads"] == loads


TOO_LONG = "a" * (LONGEST * WINDOW + 1)


@pytest.mark.parametrize("path, body, param", [
    (CHAT, {"messages": said(TOO_LONG)}, "messages"),
    (CHAT, {"messages": [{"role": "system", "content": TOO_LONG}, *said("a")]}, "messages"),
    (CHAT, {"messages": said([{"type": "text", "text": TOO_LONG[:25_000]}] * 2)}, "messages"),
    (CHAT, {"messages": said("a" * 60) * 1000}, "messages"),
    (COMPLETIONS, {"prompt": TOO_LONG}, "prompt"),
    (COMPLETIONS, {"prompt": ["short", TOO_LONG]}, "prompt"),
    (COMPLETIONS, {"prompt": [1] * (WINDOW + 1)}, "prompt"),
    (COMPLETIONS, {"prompt": [[1], [1] * (WINDOW + 1)]}, "prompt"),
    (RESPONSES, {"input": TOO_LONG}, "input"),
    (RESPONSES, {"input": said([{"type": "input_text", "text": TOO_LONG}])}, "input"),
    (RESPONSES, {"input": "a", "instructions": TOO_LONG}, "input"),
    (MESSAGES, {"messages": said(TOO_LONG), "max_tokens": 1}, "messages"),
    (MESSAGES, {"messages": said("a"), "system": TOO_LONG, "max_tokens": 1}, "messages"),
])
def test_what_cannot_fit_is_refused_with_the_arithmetic(server, path, body, param):
    loads = server.state()["cost"]["loads"]
    status, _, answer = server.request(path, {"model": "smollm2", **body})
    error = answer["error"]
    assert (status, error["code"], error["param"]) == (400, "context_length_exceeded", param), answer
    assert str(WINDOW) in error["message"]
    assert server.state()["cost"]["loads"] == loads


def test_an_escaped_text_counts_as_what_it_stands_for(server):
    """245,766 bytes of body that stand for 40,961."""
    body = b'{"model":"smollm2","max_tokens":1,"messages":[{"role":"user","content":"%s"}]}'
    status, _, answer = server.request(CHAT, body % (b"\\u002d" * (LONGEST * (WINDOW - 200))))
    assert status == 200, answer
    status, _, answer = server.request(CHAT, body % (b"\\u002d" * (LONGEST * WINDOW + 1)))
    assert (status, answer["error"]["code"]) == (400, "context_length_exceeded")


def test_what_may_fit_is_the_engines_to_judge(server):
    """Whole lines of dashes are one token of 64 bytes each: no text of that number of tokens is longer."""
    status, _, answer = server.request(CHAT, {"model": "smollm2", "messages": said("-" * 64 * 450), "max_tokens": 1})
    assert status == 200 and 450 < answer["usage"]["prompt_tokens"] < WINDOW, answer
    # White space may be trimmed, or not: the engine says so.
    status, _, answer = server.request(CHAT, {"model": "smollm2", "messages": said(" " * 100_000 + "a"), "max_tokens": 1})
    assert status in (200, 400) and "at least" not in json.dumps(answer)
    # Where flags change what a window is, nothing is certain.
    status, _, answer = server.request(CHAT, {"model": "shifting", "messages": said(TOO_LONG), "max_tokens": 1})
    assert "at least" not in json.dumps(answer)
    # Counting is no answering.
    assert server.request(COUNT, {"model": "smollm2", "messages": said(TOO_LONG)})[2]["input_tokens"] > WINDOW


@pytest.mark.parametrize("path, body, param, words", [
    (CHAT, {"messages": said("a b " * 2000)}, "messages", "maximum context length is {window} tokens, and the request has {tokens}."),
    (CHAT, {"messages": said("a b " * 2000), "stream": True}, "messages", "and the request has {tokens}."),
    (COMPLETIONS, {"prompt": "a b " * 2000}, "prompt", "and the request has {tokens}."),
    (MESSAGES, {"messages": said("a b " * 2000), "max_tokens": 1}, "messages", "prompt is too long: {tokens} tokens > {window} maximum."),
])
def test_what_the_engine_has_counted_is_refused_in_the_same_words(server, path, body, param, words):
    """Ember's bound lets it pass (it has too few bytes), the engine's own count does not."""
    status, _, answer = server.request(path, {"model": "smollm2", **body})
    error = answer["error"]
    assert (status, error["code"], error["param"]) == (400, "context_length_exceeded", param), answer
    tokens = error["n_prompt_tokens"]
    assert tokens > WINDOW and words.format(tokens=tokens, window=WINDOW) in error["message"], error


def test_openais_client_finds_the_code(server):
    client = openai.OpenAI(base_url=server.url + "/v1", api_key="none")
    with pytest.raises(openai.BadRequestError) as refusal:
        client.chat.completions.create(model="smollm2", messages=said(TOO_LONG))
    assert refusal.value.code == "context_length_exceeded"
    assert f"maximum context length is {WINDOW} tokens" in refusal.value.message


def test_texts_of_one_call_have_a_bound(server):
    loads = server.state()["cost"]["loads"]
    status, _, answer = server.request(EMBEDDINGS, {"model": "minilm", "input": ["a"] * 8192})
    assert (status, answer["error"]["code"], answer["error"]["param"]) == (400, "too_many", "input"), answer
    assert server.state()["cost"]["loads"] == loads
    assert server.request(EMBEDDINGS, {"model": "played", "input": ["a"] * 2048})[0] == 200


def test_values_of_one_body_have_a_bound(server):
    body = b'{"model":"played","messages":[{"role":"user","content":"a"}],"x":[' + b"1," * 1_100_000 + b"1]}"
    status, _, answer = server.request(CHAT, body)
    assert (status, answer["error"]["code"]) == (400, "too_many") and "1048576" in answer["error"]["message"]


def long_bodies():
    text = b"a" * 27_000_000
    message = b'{"role":"user","content":"a"},'
    yield "a long key with an escape", b'{"model":"played","' + text + b'\\u0061":1,"messages":[%s]}' % message[:-1]
    yield "an escaped key", b'{"mod\\u0065l":"played","messages":[{"role":"user","content":"' + text[:3_000_000] + b'"}]}'
    yield "a text of escapes", b'{"model":"played","messages":[{"role":"user","content":"' + b"\\u0061" * 500_000 + b'"}]}'
    yield "many messages", b'{"model":"played","messages":[' + message * 400_000 + message[:-1] + b"]}"
    yield "an address behind blanks", b'{"model":"played","messages":[' + message[:-1] + b'],"x":' + b" " * 4_000_000 + b'"http"}'
    yield "many addresses behind blanks", b'{"model":"played","x":[' + (b" " * 2000 + b'"http",') * 3_000 + b"1]}"
    yield "many keys", b'{"model":"played",' + b'"mod\\u0065l2":1,' * 100_000 + b'"x":1}'


@pytest.mark.parametrize("name, body", list(long_bodies()), ids=lambda value: value if isinstance(value, str) else "")
def test_reading_a_long_body_keeps_nobody_waiting(server, name, body):
    def probe(until, times):
        while not until():
            began = time.monotonic()
            assert server.request("/health")[0] == 200
            times.append(time.monotonic() - began)
            time.sleep(0.002)

    def p95(times):
        return statistics.quantiles(times, n=20)[18]

    idle, busy, answers = [], [], []
    end = time.monotonic() + 1
    probe(lambda: time.monotonic() > end, idle)
    client = threading.Thread(target=lambda: answers.append(server.request(CHAT, body)[0]))
    client.start()
    probe(lambda: not client.is_alive() and len(busy) > 20, busy)
    client.join()
    assert answers[0] in (200, 400)
    assert p95(busy) < max(0.1, 10 * p95(idle)) and max(busy) < 1, (p95(idle), p95(busy), max(busy))
