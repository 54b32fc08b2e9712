"""Ember's own log: its forms, the access log, and what is never in it."""

import json
import re
import urllib.error
import urllib.request

import pytest

from ember_process import ROOT, played_engine
from played_upstream import PlayedUpstream, reply
from waiting import eventually

TEXT, KEY, ANSWER = "MARKED-PROMPT-7f3a", "marked-key-91cc", "MARKED-ANSWER-02be"
ASKED = ROOT / "Tests/EndToEnd/asked_engine.py"

CONFIG = """
log: {{format: json, access: true}}
events: {{record: true, decisions: true}}
keys: [{{key: {key}, name: reader}}]
upstreams: {{sky: {{url: "{url}"}}}}
models:
  m: {{{engine}}}
  broken: {{{broken}}}
  dead: {{command: [none, "${{socket}}"], memory: 30MB}}
  huge: {{command: [none, "${{socket}}"], memory: 900TB}}
  far: {{upstream: sky}}
"""


def send(server, path, body=None, method=None, headers=None):
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    request = urllib.request.Request(
        server.url + path, data, {"content-type": "application/json", "authorization": f"Bearer {KEY}", **(headers or {})},
        method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def lines(server):
    return [json.loads(line) for line in server.log if line.startswith("{")]


def access(server, **wanted):
    return [line for line in lines(server) if line["message"] == "access" and wanted.items() <= line.items()]


def chat(model, **more):
    return {"model": model, "messages": [{"role": "user", "content": TEXT}], **more}


def test_a_line_says_what_became_of_a_request(ember):
    server = ember(f"log: {{access: true, format: json}}\nmodels: {{m: {{{played_engine()}}}}}\n")
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    status, headers, _ = send(server, "/v1/chat/completions?a=b", chat("m"), headers={"traceparent": parent})
    line, = eventually(lambda: access(server, path="/v1/chat/completions"))
    assert (line["method"], line["status"], status, line["level"]) == ("POST", 200, 200, "info")
    assert line["request"] == headers["x-ember-request-id"] and line["trace"] == parent.split("-")[1]
    assert (line["model"], line["place"], line["outcome"], line["answered_by"]) == ("m", "edge", "answered", "m")
    assert 0 < line["wait_seconds"] <= line["seconds"]
    assert send(server, "/v1/models")[0] == 200
    line, = eventually(lambda: access(server, path="/v1/models"))
    assert "model" not in line and line["method"] == "GET"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])


def test_lines_are_text_unless_json_is_chosen(ember):
    server = ember(f"models: {{m: {{{played_engine()}}}}}\n")
    server.chat("m")
    eventually(lambda: any(" resident" in line for line in server.log))
    assert not lines(server) and not any("access" in line for line in server.log)
    chosen = ember(f"log: {{format: text}}\nmodels: {{m: {{{played_engine()}}}}}\n", arguments=("--log-format", "json"))
    chosen.chat("m")
    loaded, = eventually(lambda: [line for line in lines(chosen) if line["message"] == "resident"])
    assert loaded["model"] == "m" and loaded["logger"] == "ember"


def test_a_format_that_there_is_not_is_refused(ember, tmp_path):
    server = ember(f"models: {{m: {{{played_engine()}}}}}\n")
    done = server.command("serve", "--log-format", "xml")
    assert done.returncode != 0 and "--log-format xml is not a format; write text or json" in done.stderr


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_line_has_a_prompt_an_answer_or_a_key(ember, tmp_path, form):
    """Requests of all kinds and errors, at the level of detail that the pages name for a search."""
    answers = [reply({"choices": [{"message": {"content": ANSWER}}]}), reply(ANSWER.encode(), 500), None,
               reply({"error": {"message": ANSWER}}, 400), reply(ANSWER.encode(), kind="text/html")]
    with PlayedUpstream() as sky:
        engine = f'command: [python3, {ASKED}, "${{socket}}", {tmp_path / "asked"}], memory: 30MB'
        server = ember(
            CONFIG.format(key=KEY, url=sky.url, engine=engine, broken=played_engine(status=500)),
            arguments=("--log-level", "debug", "--log-format", form))
        for model in ("m", "broken", "dead", "huge", TEXT):
            for options in ({}, {"stream": True}, {"max_tokens": -1}):
                send(server, "/v1/chat/completions", chat(model, **options))
        for answer in answers:
            sky.reply = answer
            for options in ({}, {"stream": True}):
                send(server, "/v1/chat/completions", chat("far", **options))
        send(server, "/v1/completions", {"model": "m", "prompt": TEXT})
        send(server, "/v1/embeddings", {"model": "m", "input": TEXT})
        send(server, "/v1/messages", chat("m", max_tokens=5))
        send(server, "/v1/responses", {"model": "m", "input": TEXT})
        send(server, "/v1/rerank", {"model": "m", "query": TEXT, "documents": [TEXT]})
        send(server, "/api/chat", chat("m"))
        send(server, "/v1/chat/completions", b"{\"model\": \"" + TEXT.encode() + b"\x00")
        send(server, f"/{TEXT}?{KEY}", b"")
        send(server, f"/v1/models/{TEXT}")
        send(server, f"/ember/v1/decisions/{TEXT}")
        send(server, "/v1/models", headers={"authorization": f"Bearer {TEXT}", "traceparent": TEXT, "x-ember-service": TEXT})
        send(server, "/v1/chat/completions", chat("m"), headers={"x-ember-service": TEXT, "x-ember-deadline": TEXT})
        server.__exit__()
    assert len(server.log) > 40, "the log has the lines that are looked through"
    for mark in (TEXT, KEY, ANSWER, "word1"):
        assert not [line for line in server.log if mark in line]
