"""What HTTP itself allows: methods, versions, half-closed connections, held-back and compressed bodies."""

import contextlib
import gzip
import http.client
import json
import pathlib
import shutil
import socket
import subprocess
import time
import zlib

import httpx
import openai
import pytest

import raw_http
from ember_process import Ember, played_engine
from waiting import eventually

MESSAGES = [{"role": "user", "content": "Hello"}]
CHAT = json.dumps({"model": "m", "messages": MESSAGES}).encode()
POST = f"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(CHAT)}\r\n\r\n".encode() + CHAT
SCRIPTED = pathlib.Path(__file__).parent / "scripted_engine.py"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A quick model, a slow one, one whose requests say how it streams; keys, so that 401 is one of the errors."""
    streams = f'command: [python3, {SCRIPTED}, "${{socket}}"], memory: 30MB'
    config = f"""
max_body: 1MiB
connections: {{idle_timeout: 20s}}
models:
  m: {{{played_engine()}, aliases: [other]}}
  slow: {{{played_engine(seconds=2)}, parallel: 1}}
  streams: {{{streams}, parallel: 4, aliases: [flowing, 'gpt/4:o']}}
keys: [{{name: k, key: secret-key-1}}]
"""
    with Ember(config, tmp_path_factory.mktemp("http")) as ember:
        yield ember


KEY = {"authorization": "Bearer secret-key-1"}


def whole(server, request, timeout=20):
    """All that comes until the server closes the connection."""
    with raw_http.connect(server, timeout) as connection:
        connection.sendall(request)
        got = b""
        while piece := connection.recv(65536):
            got += piece
        return got


def with_key(request):
    return request.replace(b"host: localhost\r\n", b"host: localhost\r\nauthorization: Bearer secret-key-1\r\n")


# Methods


@pytest.mark.parametrize(
    "target", ["/health", "/v1/models", "/v1/models/m", "/v1/models/none", "/nothing", "/ember/v1/state", "/v1/chat/completions"])
@pytest.mark.parametrize("key", [KEY, {}])
def test_head_is_get_without_its_body(server, target, key):
    """Each answer ends with its head, so that the next one on the connection is read as its own."""
    expected = raw_http.ask(server, "GET", target, key)
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=20)
    for _ in range(3):
        connection.request("HEAD", target, headers=key)
        answer = connection.getresponse()
        assert answer.status == expected.status and answer.read() == b""
        assert answer.headers["content-type"] == expected.headers["content-type"]
    connection.request("GET", target, headers=key)
    assert connection.getresponse().status == expected.status


def test_a_pooled_client_may_mix_head_with_other_requests(server):
    with httpx.Client(base_url=server.url, headers=KEY) as client:
        for _ in range(5):
            assert client.head("/nothing").status_code == 404
            assert client.head("/v1/models").status_code == 200
            assert client.get("/v1/models").json()["object"] == "list"


@pytest.mark.parametrize(
    "method, target, allow", [
        ("GET", "/v1/chat/completions", "OPTIONS, POST"), ("DELETE", "/v1/models", "GET, HEAD, OPTIONS"),
        ("POST", "/v1/models/m", "GET, HEAD, OPTIONS"), ("PATCH", "/ember/v1/policy", "GET, HEAD, OPTIONS, PUT"),
        ("HEAD", "/v1/embeddings", "OPTIONS, POST"),
    ])
def test_a_wrong_method_names_the_right_ones(server, method, target, allow):
    reply = raw_http.ask(server, method, target, KEY) if method != "HEAD" else httpx.head(server.url + target, headers=KEY)
    status = reply.status if method != "HEAD" else reply.status_code
    assert (status, reply.headers["allow"]) == (405, allow)
    if method != "HEAD":
        assert reply.error["code"] == "method_not_allowed"


def test_options_lists_the_methods(server):
    reply = raw_http.ask(server, "OPTIONS", "/v1/chat/completions", KEY)
    assert (reply.status, reply.headers["allow"], reply.body) == (204, "OPTIONS, POST", b"")
    assert raw_http.ask(server, "OPTIONS", "/nothing", KEY).status == 404


# Versions and the connection's end


@pytest.mark.parametrize("request_line", [b"GET /v1/models HTTP/1.0", b"GET /health HTTP/1.0"])
def test_http_1_0_gets_no_chunks_and_a_closed_connection(server, request_line):
    got = whole(server, request_line + b"\r\nauthorization: Bearer secret-key-1\r\n\r\n")
    head, _, body = got.partition(b"\r\n\r\n")
    assert b" 200 " in head and b"transfer-encoding" not in head.lower() and b"connection: close" in head.lower()
    json.loads(body)


def test_a_stream_to_http_1_0_ends_with_its_connection(server):
    body = json.dumps({"model": "streams", "messages": MESSAGES, "stream": True, "max_tokens": 3}).encode()
    got = whole(
        server, b"POST /v1/chat/completions HTTP/1.0\r\nauthorization: Bearer secret-key-1\r\n"
        + f"content-length: {len(body)}\r\n\r\n".encode() + body)
    head, _, events = got.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower() and events.startswith(b"data: ") and events.rstrip().endswith(b"data: [DONE]")


def test_http_1_0_keeps_a_connection_where_it_asks_to(server):
    with raw_http.connect(server) as connection:
        for _ in range(3):
            connection.sendall(b"GET /health HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
            reply = raw_http.read_reply(connection)
            assert (reply.status, reply.headers["connection"]) == (200, "keep-alive")


@pytest.mark.parametrize("value", ["close", "Close", "CLOSE", "close, TE", "TE, close"])
def test_connection_close_is_heeded_in_every_spelling(server, value):
    got = whole(server, f"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: {value}\r\n\r\n".encode(), timeout=5)
    assert b" 200 " in got and b"connection: close" in got.lower()


def test_a_long_answer_before_the_end_of_a_connection_is_whole(tmp_path):
    """A client that reads slowly gets all of an answer behind which the connection closes."""
    text = "x" * 6_000_000
    program = tmp_path / "long_engine.py"
    shutil.copy(pathlib.Path(__file__).parent / "socket_server.py", tmp_path)
    program.write_text(f"""
import sys
import socket_server

class Handler(socket_server.Handler):
    def do_GET(self):
        self.whole(200)

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.whole(200, b'{{"choices": [], "text": "' + b"x" * {len(text)} + b'"}}')

socket_server.SocketServer(sys.argv[1], Handler).serve_forever()
""")
    config = f'models: {{m: {{command: [python3, {program}, "${{socket}}"], memory: 30MB}}}}'
    with Ember(config, tmp_path) as ember:
        for shuts in [False, True]:
            with raw_http.connect(ember, 30) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
                connection.sendall(POST.replace(b"host: localhost", b"host: localhost\r\nconnection: close"))
                if shuts:
                    connection.shutdown(socket.SHUT_WR)
                time.sleep(2.5)
                got = bytearray()
                while piece := connection.recv(1 << 20):
                    got += piece
                assert len(got) > len(text), (shuts, len(got))


# Half-closed connections


@pytest.mark.parametrize("body", [CHAT, CHAT.replace(b'"m"', b'"slow"')])
def test_a_client_that_sends_no_more_is_answered(server, body):
    request = with_key(POST.replace(CHAT, body).replace(str(len(CHAT)).encode(), str(len(body)).encode()))
    with raw_http.connect(server) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        assert raw_http.read_reply(connection).status == 200
        assert connection.recv(1) == b""


def test_a_stream_to_a_client_that_sends_no_more_goes_on(server):
    script = json.dumps([["wait", 3], ["head", "text/event-stream"], ["send", "data: {}\n\n"], ["wait", 1], ["send", "data: [DONE]\n\n"], ["end"]])
    body = json.dumps({"model": "streams", "messages": [{"role": "user", "content": script}], "stream": True}).encode()
    with raw_http.connect(server) as connection:
        connection.sendall(raw_http.head("POST", "/v1/chat/completions", KEY, len(body)) + body)
        connection.shutdown(socket.SHUT_WR)
        reply = raw_http.read_reply(connection)
        assert reply.status == 200 and reply.body.rstrip().endswith(b"data: [DONE]")


@pytest.mark.skipif(not shutil.which("nc"), reason="no nc")
def test_nc_with_its_input_at_an_end_is_answered(server):
    host, port = server.url.removeprefix("http://").split(":")
    done = subprocess.run(["nc", "-N", host, port], input=with_key(POST), stdout=subprocess.PIPE, timeout=20)
    assert done.stdout.startswith(b"HTTP/1.1 200")


def scripted(*steps):
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": json.dumps(steps)}]}).encode()


def test_whole_answers_whose_clients_have_gone_free_their_slots(tmp_path):
    """Twenty clients ask a model with four slots for answers of a minute, and go: 6 s later others are answered at once."""
    config = f'models: {{m: {{command: [python3, {SCRIPTED}, "${{socket}}"], memory: 30MB, parallel: 4}}}}'
    body = scripted(["wait", 60], ["answer", 200, "application/json", '{"choices": []}'])
    with Ember(config, tmp_path) as ember:
        clients = [raw_http.connect(ember) for _ in range(20)]
        for client in clients:
            client.sendall(raw_http.head("POST", "/v1/chat/completions", None, len(body)) + body)
        model = lambda: next(m for m in ember.request("/ember/v1/state")[2]["models"] if m["name"] == "m")
        eventually(lambda: (model()["in_flight"], model()["waiting"]) == (4, 16), 20)
        for client in clients:
            client.close()
        time.sleep(6)
        began = time.monotonic()
        with contextlib.ExitStack() as stack:
            others = [stack.enter_context(raw_http.connect(ember)) for _ in range(8)]
            for other in others:
                other.sendall(POST)
            assert [raw_http.read_reply(other).status for other in others] == [200] * 8
        assert time.monotonic() - began < 10


def test_a_reset_ends_an_answer_at_once(tmp_path):
    config = f"models: {{m: {{{played_engine(seconds=60)}, parallel: 1}}}}"
    with Ember(config, tmp_path) as ember:
        model = lambda: next(m for m in ember.request("/ember/v1/state")[2]["models"] if m["name"] == "m")
        connection = raw_http.connect(ember)
        connection.sendall(POST)
        eventually(lambda: model()["in_flight"] == 1, 20)
        connection.shutdown(socket.SHUT_WR)
        raw_http.reset(connection)
        eventually(lambda: model()["in_flight"] == 0, 4)


# Bodies


def expecting(server, headers, body, expectation="100-continue"):
    """The status lines that come before and after the body; it is sent only where the first one asks for it."""
    with raw_http.connect(server) as connection:
        connection.sendall(raw_http.head("POST", "/v1/chat/completions", {**headers, "expect": expectation}, len(body)))
        stream = connection.makefile("rb")
        first = stream.readline().split()[1]
        if first != b"100":
            return first, None, connection
        assert stream.readline() == b"\r\n"
        connection.sendall(body)
        return first, stream.readline().split()[1], connection


@pytest.mark.parametrize("spelling", ["100-continue", "100-Continue"])
def test_a_body_that_is_held_back_is_asked_for(server, spelling):
    assert expecting(server, KEY, CHAT, spelling)[:2] == (b"100", b"200")
    assert expecting(server, KEY, CHAT[:-1] + b',"user":"' + b"x" * 100_000 + b'"}', spelling)[:2] == (b"100", b"200")


@pytest.mark.parametrize(
    "headers, body, expectation, status", [
        ({}, CHAT, "100-continue", b"401"), (KEY, b"x" * 1_200_000, "100-continue", b"413"), (KEY, CHAT, "200-maybe", b"417"),
        (KEY, CHAT, "", b"417"),
    ])
def test_a_body_that_is_not_wanted_is_refused_before_it_comes(server, headers, body, expectation, status):
    with raw_http.connect(server) as connection:
        connection.sendall(raw_http.head("POST", "/v1/chat/completions", {**headers, "expect": expectation}, len(body)))
        reply = raw_http.read_reply(connection)
        assert str(reply.status).encode() == status and reply.headers["connection"] == "close" and reply.error["message"]
        assert connection.recv(1) == b""


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl")
def test_curl_does_not_wait_with_a_long_body(server, tmp_path):
    """curl holds bodies of more than a megabyte back, for a second where nothing asks for them."""
    (tmp_path / "body").write_bytes(CHAT[:-1] + b',"user":"' + b"x" * 1_040_000 + b'"}')
    done = subprocess.run(
        ["curl", "-sv", "-o", "/dev/null", "-H", "authorization: Bearer secret-key-1", "-H", "expect: 100-continue",
         "--data-binary", f"@{tmp_path}/body", server.url + "/v1/chat/completions"], stderr=subprocess.PIPE, text=True, timeout=20)
    assert "< HTTP/1.1 100 Continue" in done.stderr and "< HTTP/1.1 200 OK" in done.stderr


def raw_deflate(data):
    packer = zlib.compressobj(wbits=15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    "coding, pack", [
        ("gzip", gzip.compress), ("GZIP", gzip.compress), ("x-gzip", gzip.compress), ("deflate", raw_deflate), ("identity", bytes),
        ("gzip", lambda data: gzip.compress(data[:20]) + gzip.compress(data[20:])),
    ])
def test_compressed_bodies_are_read(server, coding, pack):
    for body in [CHAT, CHAT[:-1] + b',"user":"' + b"xyz" * 200_000 + b'"}']:
        reply = raw_http.ask(server, "POST", "/v1/chat/completions", {**KEY, "content-encoding": coding}, pack(body))
        assert reply.status == 200, reply.body
    loading = raw_http.ask(
        server, "POST", "/ember/v1/models/load", {**KEY, "content-encoding": coding}, pack(b'{"model": "m"}'))
    assert loading.status in (200, 202)


def test_a_bomb_is_refused_while_it_is_unpacked(server):
    bomb = gzip.compress(b" " * 300_000_000)
    reply = raw_http.ask(server, "POST", "/v1/chat/completions", {**KEY, "content-encoding": "gzip"}, bomb)
    assert (reply.status, reply.error["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(CHAT)[:-9], gzip.compress(CHAT)[:30], b""])
def test_a_damaged_body_is_named(server, body):
    reply = raw_http.ask(server, "POST", "/v1/chat/completions", {**KEY, "content-encoding": "gzip"}, body)
    assert reply.status == 400 and reply.error["code"] in ("broken_content_encoding", "invalid_json")


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "compress"])
def test_other_codings_are_refused_with_the_list(server, coding):
    reply = raw_http.ask(server, "POST", "/v1/chat/completions", {**KEY, "content-encoding": coding}, CHAT)
    assert (reply.status, reply.headers["accept-encoding"]) == (415, "gzip, deflate")
    assert "gzip, deflate" in reply.error["message"]


def test_a_byte_order_mark_is_left_out(server):
    assert raw_http.ask(server, "POST", "/v1/chat/completions", KEY, b"\xef\xbb\xbf" + CHAT).status == 200


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named(server, encoding):
    reply = raw_http.ask(server, "POST", "/v1/chat/completions", KEY, CHAT.decode().encode(encoding))
    assert reply.status == 400 and "UTF-16" in reply.error["message"]


@pytest.mark.parametrize(
    "request_bytes", [b"\x16\x03\x01\x02\x00\x01\x00\x01", b"HELLO\r\n\r\n", b"GET /health HTTP/3.0\r\n\r\n", b"GET  /health\r\n\r\n",
                      b"GET /health HTTP/1.1\r\nhost: a\r\nbad header: x\r\n\r\n",
                      b"POST /v1/models HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n"])
def test_what_is_no_http_gets_an_error_with_a_body(server, request_bytes):
    with raw_http.connect(server) as connection:
        connection.sendall(request_bytes)
        reply = raw_http.read_reply(connection)
        assert (reply.status, reply.error["code"]) == (400, "unreadable_request")
        assert connection.recv(1) == b""


def test_a_head_that_is_too_long_says_so(server):
    with raw_http.connect(server) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 200_000 + b"\r\n\r\n")
        reply = raw_http.read_reply(connection)
        assert (reply.status, reply.error["code"]) == (431, "head_too_large")


# Names


ANSWERS = [
    ("/v1/chat/completions", {"messages": MESSAGES}), ("/v1/completions", {"prompt": "Hello"}),
    ("/v1/messages", {"messages": MESSAGES, "max_tokens": 5}), ("/v1/responses", {"input": "Hello"}),
]


@pytest.mark.parametrize("path, body", ANSWERS)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", ["streams", "flowing", "gpt/4:o"])
def test_an_answer_has_the_name_that_was_asked_for(server, path, body, stream, name):
    reply = raw_http.ask(server, "POST", path, KEY, json.dumps({**body, "model": name, "stream": stream}).encode())
    documents = [json.loads(line[6:]) for line in reply.body.decode().splitlines() if line.startswith("data: {")]
    if not stream:
        documents = [json.loads(reply.body)]
    names = [
        part["model"] for document in documents
        for part in (document, document.get("message") or {}, document.get("response") or {}) if "model" in part]
    assert names and set(names) == {name if name != "streams" else "m"}


@pytest.mark.parametrize("target", ["/chat/completions", "/models", "/models/", "/embeddings?x=y"])
def test_paths_without_v1_are_served(server, target):
    method, body = ("GET", b"") if "models" in target else ("POST", CHAT)
    assert raw_http.ask(server, method, target, KEY, body).status == 200


def test_aliases_are_models_of_the_list(server):
    entries = {entry["id"]: entry for entry in server.request("/v1/models", headers=KEY)[2]["data"]}
    assert list(entries) == ["m", "other", "slow", "streams", "flowing", "gpt/4:o"]
    assert entries["other"]["alias_of"] == "m" and entries["other"]["display_name"] == "other"


def test_request_ids_are_where_sdks_look(server):
    client = openai.OpenAI(base_url=server.url + "/v1", api_key="secret-key-1", max_retries=0)
    answer = client.chat.completions.with_raw_response.create(model="m", messages=MESSAGES)
    assert answer.request_id == answer.headers["x-ember-request-id"]
    with pytest.raises(openai.NotFoundError) as error:
        client.chat.completions.create(model="none", messages=MESSAGES)
    assert error.value.request_id
    reply = raw_http.ask(server, "POST", "/v1/messages", KEY, json.dumps({"model": "m", "max_tokens": 3, "messages": MESSAGES}).encode())
    assert reply.headers["request-id"] == reply.headers["x-ember-request-id"]


@pytest.mark.parametrize(
    "headers", [
        {"authorization": "Bearer  secret-key-1"}, {"authorization": "bearer secret-key-1"}, {"x-api-key": "secret-key-1"},
        {"api-key": "secret-key-1"}, {"authorization": "Bearer placeholder", "x-api-key": "secret-key-1"},
        {"authorization": "Bearer ", "api-key": "secret-key-1"}, {"authorization": "Basic eDp5", "x-api-key": "secret-key-1"},
    ])
def test_keys_are_found_where_clients_put_them(server, headers):
    assert raw_http.ask(server, "GET", "/v1/models", headers).status == 200


@pytest.mark.parametrize("headers", [{"authorization": "Bearer x", "x-api-key": "y"}, {"authorization": "secret-key-1"}, {"api-key": ""}])
def test_wrong_keys_stay_wrong(server, headers):
    assert raw_http.ask(server, "GET", "/v1/models", headers).status == 401
