"""A client's fault stays the client's: what is no JSON, or no request, is 400 before a model is loaded for it."""

import json

import pytest

import odd_bodies
from ember_process import MINILM, SMOLLM2, Ember, played_engine

CONFIG = f"""
memory: {{budget: 700MB}}
models:
  smollm2: {{path: {SMOLLM2}, context: 2048}}
  minilm: {{path: {MINILM}, embeddings: true, context: 1024}}
  ranker: {{path: {MINILM}, args: [--reranking], context: 1024}}
  played: {{{played_engine(0)}}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Ember(CONFIG, tmp_path_factory.mktemp("odd")) as ember:
        yield ember


@pytest.mark.parametrize("name, body", list(odd_bodies.not_json()), ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_no_json_is_400_and_loads_nothing(server, name, body):
    loads = server.state()["cost"]["loads"]
    for model in ("smollm2", "played"):
        status, _, answer = server.request(odd_bodies.CHAT, body.replace(b"smollm2", model.encode()))
        assert (status, answer["error"]["type"]) == (400, "invalid_request_error"), answer
        assert answer["error"]["code"] == "invalid_json", answer
    assert server.state()["cost"]["loads"] == loads
    assert any(words in answer["error"]["message"] for words in ("byte ", "JSON object", "UTF-16"))


# What llama-server answers with 500, all of it a client's fault.
FAULTS = {
    odd_bodies.CHAT: [
        "role missing", "role null", "role number", "part without text", "part text null", "part text number", "picture",
        "picture text", "picture elsewhere", "picture null", "sound", "tool_calls text", "tool_calls numbers",
        "tool_calls empty call", "tool_calls no arguments", "tool_calls unknown type", "tool_call_id number",
        "reasoning_content number", "name null", "name number", "tools unknown type", "tools text", "tools object", "tools numbers", "tools empty tool",
        "tools no name", "no messages", "messages null", "messages text", "messages empty", "message text", "message null",
        "content missing", "content number", "content object", "max_tokens text", "max_tokens object", "stream text",
        "stream number",
    ],
    odd_bodies.RESPONSES: ["item picture", "tools no name", "no input", "input null", "input number"],
    odd_bodies.MESSAGES: [
        "no messages", "messages text", "role missing", "role number", "block no text", "block text number", "picture",
        "picture elsewhere",
    ],
    odd_bodies.COUNT: ["no messages", "role missing", "role number", "block no text", "block text number", "picture"],
    odd_bodies.RERANK: [
        "no query", "query null", "no documents", "documents empty", "documents of numbers", "top_n negative", "top_n huge",
        "top_n text",
    ],
    odd_bodies.COMPLETIONS: ["no prompt", "prompt null", "prompt number", "prompt list of null", "prompt token fraction"],
    odd_bodies.EMBEDDINGS: [
        "no input", "input null", "input number", "input bool", "input object", "input list of null", "input list of object",
        "input token fraction", "input text and null", "encoding_format number",
        "dimensions", "dimensions text",
    ],
}


MODELS = {odd_bodies.EMBEDDINGS: "minilm", odd_bodies.RERANK: "ranker"}


@pytest.mark.parametrize("path, name", [(path, name) for path, names in FAULTS.items() for name in names])
def test_what_is_no_request_is_400_and_loads_nothing(server, path, name):
    loads = server.state()["cost"]["loads"]
    status, _, answer = server.request(path, {"model": MODELS.get(path, "smollm2"), **odd_bodies.ODD_SHAPES[path][name]})
    assert (status, answer["error"]["type"]) == (400, "invalid_request_error"), answer
    assert answer["error"]["param"] and len(answer["error"]["message"]) > 20, answer
    assert server.state()["cost"]["loads"] == loads


def test_good_requests_in_odd_spellings_are_answered(server):
    body = json.dumps(
        {"m\u00f6del": 1, "model": "smollm2", "messages": odd_bodies.HELLO, "max_tokens": 1, "x": ["\ud83d\ude00", 1e5, -0.5]})
    for odd in (body, "\ufeff" + body, body.replace('"model"', '"mod\\u0065l"'), " \n" + body + "\r\n",
                body.replace('"max_tokens": 1', '"max_tokens": 5, "max_tokens": 1')):
        status, _, answer = server.request(odd_bodies.CHAT, odd.encode())
        assert status == 200, answer
        assert answer["usage"]["completion_tokens"] == 1


# Left to the engine, which takes them or says what is wrong.
LEFT_TO_THE_ENGINE = {
    odd_bodies.CHAT: [
        "role unknown", "content null", "content empty list", "part type unknown", "file", "tool_calls bad arguments",
        "tools bad parameters", "response_format bad schema", "grammar bad", "logit_bias text", "n huge", "stop numbers",
        "id_slot text", "lora text", "samplers numbers",
    ],
    odd_bodies.COMPLETIONS: ["prompt list of empty list", "prompt negative tokens", "prompt mixed", "echo text"],
    odd_bodies.RESPONSES: ["item unknown type", "item file", "item call bad", "previous_response_id"],
    odd_bodies.MESSAGES: ["block empty", "tool_result bad", "system number", "stop_sequences numbers", "tools numbers"],
    odd_bodies.EMBEDDINGS: ["input empty", "input negative tokens", "input mixed", "encoding_format unknown"],
}


@pytest.mark.parametrize("path, name", [(path, name) for path, names in LEFT_TO_THE_ENGINE.items() for name in names])
def test_what_is_left_to_the_engine_is_never_the_servers_fault(server, path, name):
    status, _, answer = server.request(path, {"model": MODELS.get(path, "smollm2"), **odd_bodies.ODD_SHAPES[path][name]})
    assert status < 500, answer
