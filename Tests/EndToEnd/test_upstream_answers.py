"""What upstreams answer that is no answer, whatever its status says: it does not reach the client, and another place is asked."""

import datetime
import gzip
import email.utils
import json
import ssl
import subprocess
import time
import urllib.error
import urllib.request
import zlib

import anthropic
import openai
import pytest

from ember_process import ROOT
from played_upstream import CHAT, EVENTS, STREAM, PlayedUpstream, chunked, reply, well

PORTAL = "<!DOCTYPE html><html><a href='/login'>Log in to the WiFi, or don't</a></html>"
OVERLOADED = {"error": {"message": "we are out of machines", "type": "server_error", "code": None}}
CUT = json.dumps(CHAT)[:60]
LONG = "x" * 300_000
ENGINE = f'command: [python3, {ROOT / "Tests/EndToEnd/scripted_engine.py"}, "${{socket}}"], memory: 30MB'


@pytest.fixture
def skies():
    with PlayedUpstream() as first, PlayedUpstream() as second:
        yield first, second


def config(skies, more="", first=""):
    # One unit of money a token of an answer, nothing for prompts.
    return f"""
policy: cloud
ping_interval: 5s
services: {{default: {{}}, private: {{local_only: true}}}}
upstreams:
  first: {{url: "{skies[0].url}", timeout: 5s, key: key-of-the-first, prices: {{output: 1000000, max_tokens: 40}}{first}}}
  second: {{url: "{skies[1].url}", timeout: 5s}}
models:
  far: {{upstream: first}}
  fallen: {{upstream: first, fallbacks: [{{upstream: second}}]}}
  both: {{{ENGINE}, cloud: {{upstream: first}}}}
{more}"""


def upstream(server, name="first"):
    return {one["name"]: one for one in server.state()["cloud"]["upstreams"]}.get(name, {"failures": 0})


def spent(server):
    return server.state()["cloud"]["spent_today"]


#: What came of a whole answer, what is reported, and whether an upstream may charge for it.
ODD = {
    "a portal's page": (reply(PORTAL, kind="text/html; charset=utf-8"), "text/html", False),
    "a page called JSON": (reply(PORTAL), "Log in to the WiFi", False),
    "a page called JSON, in chunks": (chunked(PORTAL[:20], PORTAL[20:]), "Log in to the WiFi", False),
    "nothing": (reply(b""), "empty body", False),
    "nothing, in chunks": (chunked(), "empty body", False),
    "blanks": (reply(b" \r\n "), "empty body", False),
    "an empty object": (reply({}), "JSON with 'choices'", False),
    "null": (reply(b"null"), "JSON with 'choices'", False),
    "a list": (reply(b"[]"), "JSON with 'choices'", False),
    "a text": (reply(b'"ok"'), "JSON with 'choices'", False),
    "words": (reply(b"OK", kind="text/plain"), "text/plain", False),
    "choices that are none": (reply({"choices": None}), "JSON with 'choices'", False),
    "OpenAI's error": (reply(OVERLOADED), "out of machines", False),
    "Anthropic's error": (reply({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}), "Overloaded", False),
    "Azure's error": (reply({"error": {"code": "InternalServerError", "message": "Backend call failure"}}), "Backend call", False),
    "a gateway's error": (reply({"statusCode": 500, "message": "Internal server error"}), "Internal server error", False),
    "an error beside choices": (reply({**CHAT, "error": {"message": "half of it", "code": 502}}), "half of it", False),
    "two texts of JSON": (reply(json.dumps(CHAT) * 2), "JSON with 'choices'", False),
    "a beginning": (reply(CUT), "before its end", True),
    "a beginning, in chunks": (chunked(CUT), "before its end", True),
    "a long beginning": (reply(json.dumps({**CHAT, "note": LONG})[:-3]), "before its end", True),
    "gzip": (reply(gzip.compress(json.dumps(CHAT).encode()), content_encoding="gzip"), "content-encoding gzip", True),
    "deflate": (reply(zlib.compress(json.dumps(CHAT).encode()), content_encoding="deflate"), "content-encoding deflate", True),
    "br": (reply(b"\x1b\x00\x00", content_encoding="br"), "content-encoding br", True),
    "a stream": (chunked(STREAM, kind=EVENTS), "stream of events", True),
    "a sound": (reply(b"RIFF", kind="audio/wav"), "audio/wav", False),
    "204": (reply(status=204, kind=None), "status 204", False),
    "205": (reply(status=205), "status 205", False),
    "206": (reply(CUT, status=206, content_range="bytes 0-59/400"), "status 206", False),
    "101": (reply(status=101, kind=None, upgrade="websocket", connection="upgrade"), "status 101", False),
    "304": (reply(status=304, kind=None), "status 304", False),
}
#: And of a stream.
ODD_STREAMS = {
    name: ODD[name] for name in (
        "a portal's page", "a page called JSON", "nothing", "OpenAI's error", "gzip", "204", "101", "a beginning")
} | {
    "no events": (chunked(kind=EVENTS), "no event", True),
    "no events, with a length": (reply(b"", kind=EVENTS), "no event", True),
    "comments alone": (chunked(": ping\n\n", ": ping\n\n", kind=EVENTS), "no event", True),
    "its end alone": (chunked("data: [DONE]\n\n", kind=EVENTS), "no event", True),
    "a page called events": (chunked(PORTAL, kind=EVENTS), "no event", True),
    "empty events": (chunked("data:\n\ndata: \n\nid: 3\n\n", kind=EVENTS), "no event", True),
    "an error first": (chunked(f"data: {json.dumps(OVERLOADED)}\n\n", kind=EVENTS), "out of machines", False),
    "an error in pieces": (
        chunked(": hello\n\ndata: {\"err", f"or\": {json.dumps(OVERLOADED['error'])}}}", "\n\ndata: [DONE]\n\n", kind=EVENTS),
        "out of machines", False),
    "an error that ends it": (chunked(f"data: {json.dumps(OVERLOADED)}", kind=EVENTS), "out of machines", False),
    "an error with a length": (reply(f"data: {json.dumps(OVERLOADED)}\n\n", kind=EVENTS), "out of machines", False),
    "an error with a name": (chunked('event: error\ndata: {"message": "gone"}\n\n', kind=EVENTS), "gone", False),
    "words": (chunked("hello", kind="text/plain"), "text/plain", False),
}


def ask(server, model, stream=False, path="/v1/chat/completions", **body):
    """The status, the headers and the answer: JSON, or the text of a stream."""
    body = {"model": model, "max_tokens": 7, "stream": stream, "messages": [{"role": "user", "content": "x"}]} | body
    if not stream:
        return server.request(path, body)
    request = urllib.request.Request(server.url + path, json.dumps(body).encode(), {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, json.loads(error.read())


def place(server, model, stream=False):
    status, headers, _ = ask(server, model, stream)
    return status, headers.get("x-ember-served-by")


@pytest.mark.parametrize("stream, cases", [(False, ODD), (True, ODD_STREAMS)], ids=["whole", "streams"])
def test_what_is_no_answer_is_told_and_counts_and_another_place_answers(ember, skies, stream, cases):
    server = ember(config(skies))

    def is_well():
        skies[0].reply = well
        assert place(server, "far", stream) == (200, "cloud:first") and upstream(server)["failures"] == 0

    for name, (odd, words, is_billed) in cases.items():
        is_well()
        before = spent(server)
        skies[0].reply = odd
        status, headers, answer = ask(server, "far", stream)
        assert status == 502 and answer["error"]["code"] == "upstream_failed", (name, status, answer)
        assert words in answer["error"]["message"] and "'first'" in answer["error"]["message"], (name, answer)
        assert headers["retry-after"] == "1", name
        told = upstream(server)
        assert told["failures"] == 1 and told["failure"], name
        # What the content says is for the client alone.
        assert not any(said in told["failure"] for said in ("Log in", "machines", "Overloaded")), told
        assert spent(server) - before == (7 if is_billed else 0), name
        assert place(server, "fallen", stream) == (200, "cloud:second"), name
        is_well()
        skies[0].reply = odd
        assert place(server, "both", stream) == (200, "edge"), name
    # It is disabled after three in a row, and the log says why.
    is_well()
    skies[0].reply = odd
    for _ in range(3):
        ask(server, "far", stream)
    assert ask(server, "far", stream)[2]["error"]["code"] == "upstream_unavailable"
    assert any("upstream is disabled" in line and "first" in line for line in server.log)


def test_an_upstream_that_does_not_stream_may_answer_others(ember, skies):
    server = ember(config(skies))
    skies[0].reply = reply(CHAT)
    status, headers, answer = ask(server, "far", stream=True)
    assert status == 502 and answer["error"]["code"] == "upstream_failed" and "stream" in answer["error"]["message"]
    # The same would come again.
    assert headers["retry-after"] is None and upstream(server)["failures"] == 0 and spent(server) == 7
    assert place(server, "fallen", stream=True) == (200, "cloud:second") and place(server, "both", stream=True) == (200, "edge")
    assert place(server, "far") == (200, "cloud:first")


def test_an_answer_that_is_odd_while_a_client_hears_comments_is_an_event(ember, skies):
    server = ember(config(skies).replace("ping_interval: 5s", "ping_interval: 100ms"))
    skies[0].reply = [0.4, reply(PORTAL, kind="text/html")]
    with pytest.raises(openai.APIError, match="text/html"):
        list(openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0).chat.completions.create(
            model="far", messages=[{"role": "user", "content": "x"}], stream=True))
    _, _, text = ask(server, "fallen", stream=True)
    assert text.startswith(": waiting") and "served by cloud:second" in text and text.endswith(STREAM)


def test_the_requests_own_fault_is_told_with_a_good_status_too(ember, skies):
    """No other upstream is asked for it, and no other client notices."""
    server = ember(config(skies))
    too_long = {"message": "this is too long", "type": "invalid_request_error", "code": "context_length_exceeded"}
    for error in (too_long, {"message": "this is too long", "code": 400}):
        for stream, odd in ((False, reply({"error": error})), (True, chunked(f"data: {json.dumps({'error': error})}\n\n", kind=EVENTS))):
            skies[0].reply = odd
            with pytest.raises(openai.BadRequestError, match="too long"):
                openai.OpenAI(base_url=server.url + "/v1", api_key="none").chat.completions.create(
                    model="fallen", messages=[{"role": "user", "content": "x"}], stream=stream)
    # Of a stream with 400 the usage may have been what was refused: Ember asks without it.
    assert not skies[1].requests and len(skies[0].requests) == 5
    assert upstream(server)["failures"] == 0 and spent(server) == 0


#: Good answers of each path, as servers really write them.
GOOD = [
    ("/v1/completions", {"prompt": "x"}, reply({"choices": [{"text": "well"}], "error": None})),
    ("/v1/chat/completions", {}, reply(CHAT, kind="text/plain")),
    ("/v1/chat/completions", {}, reply(CHAT, kind="text/html")),
    ("/v1/chat/completions", {}, reply(CHAT, kind=None)),
    ("/v1/chat/completions", {}, reply(CHAT, kind="Application/JSON; charset=utf-8")),
    ("/v1/chat/completions", {}, reply(b"\xef\xbb\xbf\n" + json.dumps(CHAT).encode() + b"\n")),
    ("/v1/chat/completions", {}, reply(CHAT, status=201)),
    ("/v1/chat/completions", {}, reply(json.dumps(CHAT).replace("null", "NaN").replace('"created": 1', '"created": NaN'))),
    ("/v1/chat/completions", {}, reply({"error": {}, **CHAT}, content_encoding="identity")),
    ("/v1/chat/completions", {}, chunked(json.dumps(CHAT)[:30], json.dumps(CHAT)[30:])),
    ("/v1/chat/completions", {}, [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n", reply(CHAT)]),
    ("/v1/chat/completions", {}, reply({"choices": [], "note": LONG})),
    ("/v1/chat/completions", {}, reply({"note": LONG, **CHAT})),
    ("/v1/embeddings", {"input": "x"}, reply({"object": "list", "data": [{"embedding": "AACAPw==", "index": 0}]})),
    ("/v1/responses", {"input": "x"}, reply({"object": "response", "status": "completed", "error": None, "output": []})),
    ("/v1/responses", {"input": "x"}, reply({"object": "response", "status": "failed", "error": {"message": "no"}, "output": []})),
    ("/v1/messages", {}, reply({"type": "message", "content": [], "stop_reason": "end_turn"})),
    ("/v1/messages/count_tokens", {}, reply({"input_tokens": 0})),
    ("/v1/rerank", {"query": "x", "documents": ["y"]}, reply({"results": [{"index": 0, "relevance_score": 0.5}]})),
    ("/v1/rerank", {"query": "x", "documents": ["y"]}, reply([{"index": 0, "score": 0.5}])),
]


def test_what_the_path_declares_passes(ember, skies):
    server = ember(config(skies))
    for path, body, good in GOOD:
        skies[0].reply = good
        request = urllib.request.Request(
            server.url + path, json.dumps({"model": "far", "messages": [{"role": "user", "content": "x"}], **body}).encode(),
            {"content-type": "application/json"})
        try:
            response = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            raise AssertionError((path, good[:300], error.read()))
        with response:
            data = response.read()
            assert response.status == 200 and response.headers["content-type"].lower().startswith("application/json"), good
        sent = good if isinstance(good, bytes) else b"".join(good)
        assert data[:20] in sent and upstream(server)["failures"] == 0
    # Vectors as bytes, and what the client's own Accept names.
    for path, kind, headers in (("/v1/embeddings", "application/octet-stream", {}),
                                ("/v1/chat/completions", "audio/wav", {"accept": "audio/wav"})):
        skies[0].reply = reply(b"\x00\x01\xff", kind=kind)
        body = {"model": "far", "input": "x", "messages": [{"role": "user", "content": "x"}]}
        request = urllib.request.Request(
            server.url + path, json.dumps(body).encode(), {"content-type": "application/json", **headers})
        with urllib.request.urlopen(request, timeout=30) as response:
            assert response.read() == b"\x00\x01\xff" and response.headers["content-type"] == kind
    # Others' members are none of this path's.
    skies[0].reply = reply(CHAT)
    assert ask(server, "far", path="/v1/embeddings", input="x")[0] == 502
    # Never compressed, whatever the client takes.
    assert ask(server, "far")[0] == 200
    server.request("/v1/chat/completions", {"model": "far", "messages": [{"role": "user", "content": "x"}]}, {"accept-encoding": "gzip, br"})
    assert {request.headers["accept-encoding"] for request in skies[0].requests} == {"identity"}


@pytest.mark.parametrize("status, counts", [(404, 0), (405, 0), (410, 0), (408, 1)])
def test_what_an_upstream_does_not_have_another_place_may(ember, skies, status, counts):
    server = ember(config(skies))
    for body, kind in (({"error": {"message": "no such model", "type": "invalid_request_error"}}, "application/json"), (PORTAL, "text/html")):
        skies[0].reply = reply(body, status=status, kind=kind)
        assert place(server, "fallen") == (200, "cloud:second") and place(server, "fallen", stream=True) == (200, "cloud:second")
        assert place(server, "both") == (200, "edge")
        assert upstream(server)["failures"] == 3 * counts
        skies[0].reply = well
        if counts:
            break
    # Where there is no other, the client gets what it said.
    server = ember(config(skies))
    for body, kind, words in (({"error": {"message": "no such model"}}, "application/json", "no such model"), (PORTAL, "text/html", "Log in")):
        skies[0].reply = reply(body, status=status, kind=kind)
        with pytest.raises(openai.APIStatusError, match=words) as raised:
            openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0).chat.completions.create(
                model="far", messages=[{"role": "user", "content": "x"}])
        assert raised.value.status_code == status
    assert spent(server) == 0


def test_neither_400_nor_404_counts_ever(ember, skies):
    server = ember(config(skies))
    for status in (400, 404, 413, 422):
        skies[0].reply = reply({"error": {"message": "no"}}, status=status)
        assert [ask(server, "far")[0] for _ in range(6)] == [status] * 6
    assert upstream(server)["failures"] == 0 and not skies[1].requests
    # The failure of one counts more than that another has no such model.
    skies[0].reply, skies[1].reply = reply(OVERLOADED, status=503), reply({"error": {"message": "no such model"}}, status=404)
    assert ask(server, "fallen")[0] == 503


def test_pages_and_long_errors_are_told_in_the_apis_form(ember, skies):
    server = ember(config(skies))
    long = {"error": {"message": "y" * 20_000_000}}
    for body, kind, words in ((PORTAL, "text/html", "Log in"), ("", None, "no content-type"), (long, "application/json", "yyy"),
                              (gzip.compress(b"x"), "application/json", "gzip")):
        more = {"content_encoding": "gzip"} if words == "gzip" else {}
        for status in (500, 400):
            skies[0].reply = reply(body, status=status, kind=kind, **more)
            status_told, headers, answer = ask(server, "far")
            assert status_told == status and headers["content-type"] == "application/json"
            assert answer["error"]["code"] == "upstream_failed" and words in answer["error"]["message"]
            assert len(answer["error"]["message"]) < 1000
        skies[0].reply = well
        assert ask(server, "far")[0] == 200
    skies[0].reply = reply(PORTAL, status=500, kind="text/html")
    with pytest.raises(anthropic.InternalServerError, match="Log in") as raised:
        anthropic.Anthropic(base_url=server.url, api_key="none", max_retries=0).messages.create(
            model="far", max_tokens=7, messages=[{"role": "user", "content": "x"}])
    assert raised.value.body["error"]["type"] == "api_error"


def moved(location, status=307, only="/v1/chat/completions"):
    headers = {} if location is None else {"location": location}
    return lambda request: reply(b"", status=status, kind=None, **headers) if request.path == only else well(request)


def test_redirects_within_an_origin_are_followed(ember, skies):
    server = ember(config(skies))
    for status in (307, 308):
        for location in ("/other/chat", skies[0].url + "/other?a=1", "completions/", f"//127.0.0.1:{skies[0].port}/x"):
            for stream in (False, True):
                skies[0].reply = moved(location, status)
                before = spent(server)
                assert place(server, "far", stream) == (200, "cloud:first"), location
                first, second = skies[0].requests[-2:]
                assert first.body == second.body and second.headers["authorization"] == "Bearer key-of-the-first"
                # The money was set aside once.
                assert spent(server) - before <= 7
    assert upstream(server)["failures"] == 0


@pytest.mark.parametrize("status, location, words", [
    (302, "https://portal.example/login?from=here", "Location https://portal.example/login"), (301, "/v1/chat", "Location /v1/chat"),
    (303, "/v1/chat", "status 303"), (307, "", "without a Location"), (308, None, "without a Location"), (300, "/x", "status 300"),
    (307, "OTHER", "another server"), (308, "TLS", "another server"), (307, "http://me:pw@127.0.0.1/", "another server"),
    (307, "/v1/chat/completions", "3 times already"), (307, "http://[bad", "status 307")])
def test_other_redirects_are_told_and_not_followed(ember, skies, status, location, words):
    server = ember(config(skies))
    location = {"OTHER": skies[1].url + "/chat/completions", "TLS": skies[0].url.replace("http:", "https:")}.get(location, location)
    skies[0].reply = moved(location, status)
    got, _, answer = ask(server, "far")
    assert got == 502 and answer["error"]["code"] == "upstream_failed" and words in answer["error"]["message"], answer
    assert upstream(server)["failures"] == 1 and spent(server) == 0
    # No other server has seen the key, and a loop ends.
    assert not skies[1].requests and len(skies[0].requests) <= 4
    assert place(server, "fallen") == (200, "cloud:second") and place(server, "both") == (200, "edge")
    assert "authorization" not in skies[1].requests[0].headers


def test_a_used_connection_that_was_closed_is_no_failure(ember, skies):
    """The upstream ends every connection at its second request, without a word."""
    server = ember(config(skies))
    skies[0].reply = lambda request: None if request.number > 1 else well(request)
    for number in range(1, 16):
        assert place(server, "far", stream=number % 2 == 0) == (200, "cloud:first")
    assert upstream(server)["failures"] == 0 and server.state()["cloud"]["set_aside"] == 0
    # Two tokens a whole answer; a stream that tells no usage counts as the most that it could cost, once.
    assert spent(server) == 8 * 2 + 7 * 7
    # A body that lies in a file is sent again as well.
    long = [{"role": "user", "content": "x" * (2 << 20)}]
    for _ in range(3):
        assert ask(server, "far", messages=long)[0] == 200
    assert {len(request.body) > 2 << 20 for request in skies[0].requests[-3:]} == {True}
    # Or each behind its answer, which comes too late or not at all.
    skies[0].reply, skies[0].closes = well, True
    assert [ask(server, "far")[0] for _ in range(15)] == [200] * 15
    assert upstream(server)["failures"] == 0


def test_only_such_a_connection_gives_a_second_try(ember, skies):
    server = ember(config(skies))
    # A new one, though nothing came.
    skies[0].reply = None
    assert ask(server, "far")[2]["error"]["code"] == "upstream_failed"
    assert skies[0].connections == len(skies[0].requests) == 1
    # A used one, on which something had come; and one that is closed again, when it was new.
    for odd in ([b"HTTP/1.1 2"], None):
        skies[0].reply = well
        assert ask(server, "far")[0] == 200
        before = len(skies[0].requests)
        skies[0].closes, skies[0].reply = True, odd
        status, _, answer = ask(server, "far")
        assert status == 502 and "closed the connection" in answer["error"]["message"], answer
        assert len(skies[0].requests) - before == (1 if odd else 2)
        skies[0].closes = False


def test_a_hedge_wins_over_an_odd_answer(ember, skies):
    server = ember(config(skies, first=", hedge: 200ms").replace(
        "cloud: {upstream: first}}", "preload: true, costs: {token: 1, cloud: 0}, cloud: {upstream: first}}"))
    end = time.monotonic() + 30
    while server.model("both")["status"] != "loaded" and time.monotonic() < end:
        time.sleep(0.05)
    skies[0].reply = [1, reply(PORTAL, kind="text/html")]
    engine = json.dumps([["wait", 2], ["answer", 200, "application/json", json.dumps(CHAT)]])
    status, headers, _ = ask(server, "both", messages=[{"role": "user", "content": engine}])
    assert (status, headers["x-ember-served-by"], headers["x-ember-hedged"]) == (200, "edge", "true")
    assert upstream(server)["failures"] == 1 and spent(server) == 0


def test_clients_try_on_top(ember, skies):
    """As the table in docs/operating.md has it: each of their tries is a request of its own."""
    server = ember(config(skies))
    clients = {
        "openai": lambda **more: openai.OpenAI(base_url=server.url + "/v1", api_key="none", **more).chat.completions.create(
            model="far", messages=[{"role": "user", "content": "x"}]),
        "anthropic": lambda **more: anthropic.Anthropic(base_url=server.url, api_key="none", **more).messages.create(
            model="far", max_tokens=7, messages=[{"role": "user", "content": "x"}])}
    for name, call in clients.items():
        for status, more, tries in ((503, {}, 3), (503, {"max_retries": 0}, 1), (404, {}, 1), (400, {}, 1)):
            skies[0].reply = well
            end = time.monotonic() + 10
            while server.chat("far")[0] != 200 and time.monotonic() < end:
                time.sleep(0.1)
            before, skies[0].reply = len(skies[0].requests), reply({"error": {"message": "no"}}, status=status)
            with pytest.raises(Exception, match="no"):
                call(**more)
            assert len(skies[0].requests) - before == tries, (name, status)


def test_what_is_local_stays_so_whatever_the_upstream_answers(ember, skies):
    server = ember(config(skies))
    skies[0].reply = reply(PORTAL, kind="text/html")
    private = {"x-ember-service": "private"}
    assert server.chat("far", headers=private)[0] == 403 and server.chat("both", headers=private)[0] == 200
    assert not skies[0].requests and not skies[1].requests


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 529])
def test_retry_after_is_heeded_in_every_form(ember, skies, status):
    def forms(seconds):
        then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
        return [str(seconds), f"  {seconds}  ", email.utils.format_datetime(then, usegmt=True),
                then.strftime("%A, %d-%b-%y %H:%M:%S GMT"), then.strftime("%a %b %e %H:%M:%S %Y")]

    server = ember(config(skies))
    for number in range(5):
        skies[1].reply = well
        skies[0].reply = reply(OVERLOADED, status=status, retry_after=forms(100)[number])
        got, headers, _ = ask(server, "far")
        assert got == status and 90 < int(headers["retry-after"]) <= 101, (number, headers)
        assert 90 < upstream(server)["retry_seconds"] <= 100
        server.__exit__()
        server.__enter__()


def failed(ember, url, upstream=""):
    """What a client gets where an upstream cannot be reached."""
    server = ember(f"upstreams: {{sky: {{url: \"{url}\", timeout: 20s, prices: {{output: 1000000, max_tokens: 40}}{upstream}}}}}\n"
                   "models: {far: {upstream: sky}}\n")
    status, _, answer = ask(server, "far")
    assert status == 502 and answer["error"]["code"] == "upstream_failed" and spent(server) == 0
    return answer["error"]["message"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A server's, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key", "-out", folder / "cert"],
        check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    return context


def test_a_certificate_that_is_not_trusted_is_told(ember, certificate):
    with PlayedUpstream(tls=certificate) as sky:
        message = failed(ember, sky.url)
        assert f"127.0.0.1:{sky.port}" in message and "certificate" in message and "upstreams.sky.url" in message
        assert not sky.requests


def test_what_does_not_speak_tls_is_told(ember, skies):
    message = failed(ember, skies[0].url.replace("http:", "https:"))
    assert f"127.0.0.1:{skies[0].port}" in message and "TLS" in message and "upstreams.sky.url" in message


def test_what_speaks_tls_alone_is_told(ember, certificate):
    with PlayedUpstream(tls=certificate) as sky:
        server = ember(f'upstreams: {{sky: {{url: "{sky.url.replace("https:", "http:")}"}}}}\nmodels: {{far: {{upstream: sky}}}}\n')
        assert f"127.0.0.1:{sky.port}" in ask(server, "far")[2]["error"]["message"]


def test_a_host_without_a_server_is_told(ember, skies):
    with PlayedUpstream() as gone:
        url = gone.url
    message = failed(ember, url)
    assert url.split("/")[2] in message and "connection refused" in message and "upstreams.sky.url" in message


def test_a_name_without_an_address_is_told(ember):
    message = failed(ember, "http://no-such-host.invalid/v1")
    assert "no address is known for host no-such-host.invalid:80" in message and "upstreams.sky.url" in message
