"""Slow and idle connections, too many of them, and too few descriptors."""

import contextlib
import json
import pathlib
import re
import select
import socket
import time

import openai
import pytest

import raw_http
from ember_process import Ember, played_engine, resident_bytes
from waiting import eventually

# Long enough to tell them apart on a busy machine, and no longer.
PATIENCE = 1.5
CHAT = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hello"}]}).encode()
GET = b"GET /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """An ember with little patience, over an engine that is slow to answer."""
    config = f"""
connections: {{header_timeout: {PATIENCE}s, body_timeout: {PATIENCE}s, idle_timeout: {PATIENCE}s}}
models: {{m: {{{played_engine(seconds=3 * PATIENCE)}}}}}
"""
    with Ember(config, tmp_path_factory.mktemp("hasty")) as ember:
        yield ember


def closed_after(connection):
    """What came until the server closed, and how long that took."""
    began, got = time.monotonic(), b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            got += piece
    return got, time.monotonic() - began


def slowly(connection, data, seconds):
    """Sends a byte at a time until the server has had enough; what it says then, and how long it took."""
    connection.settimeout(0.1)
    began, got = time.monotonic(), b""
    for byte in data:
        if time.monotonic() - began > seconds:
            break
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.send(bytes([byte]))
        try:
            piece = connection.recv(65536)
        except TimeoutError:
            continue
        except ConnectionResetError:
            break
        got += piece
        if not piece:
            break
    return got, time.monotonic() - began


def test_half_a_head(hasty):
    with raw_http.connect(hasty) as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: local")
        got, seconds = closed_after(connection)
    assert got.startswith(b"HTTP/1.1 408 ") and b"header_timeout" in got and b"request_timeout" in got
    assert PATIENCE * 0.9 < seconds < PATIENCE + 10


def test_half_a_head_after_an_answer(hasty):
    with raw_http.connect(hasty) as connection:
        connection.sendall(GET)
        assert raw_http.read_reply(connection).status == 200
        time.sleep(PATIENCE / 2)
        connection.sendall(b"GET /v1/mod")
        got, seconds = closed_after(connection)
    assert got.startswith(b"HTTP/1.1 408 ") and seconds > PATIENCE * 0.9


def test_a_head_that_drips(hasty):
    with raw_http.connect(hasty) as connection:
        got, seconds = slowly(connection, b"GET /v1/models HTTP/1.1\r\n" + b"x: y\r\n" * 1000, seconds=30)
    assert got.startswith(b"HTTP/1.1 408 ") and seconds < 20


def test_not_a_byte(hasty):
    with raw_http.connect(hasty) as connection:
        got, seconds = closed_after(connection)
    assert got == b"" and PATIENCE * 0.9 < seconds < PATIENCE + 10


@pytest.mark.parametrize("target", ["/v1/chat/completions", "/ember/v1/models/load", "/ember/v1/feedback", "/nothing"])
def test_half_a_body(hasty, target):
    with raw_http.connect(hasty) as connection:
        connection.sendall(raw_http.head("POST", target, length=1000) + CHAT)
        got, seconds = closed_after(connection)
    if target == "/nothing":
        assert got.startswith(b"HTTP/1.1 404 ")
    else:
        assert got.startswith(b"HTTP/1.1 408 ") and b"body_timeout" in got
    assert seconds < PATIENCE + 10


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_drips(hasty, chunked):
    with raw_http.connect(hasty) as connection:
        if chunked:
            connection.sendall(raw_http.head("POST", "/v1/chat/completions", {"transfer-encoding": "chunked"}))
            got, seconds = slowly(connection, b"1\r\n \r\n" * 1000, seconds=30)
        else:
            connection.sendall(raw_http.head("POST", "/v1/chat/completions", length=100_000))
            got, seconds = slowly(connection, CHAT + b" " * 1000, seconds=30)
    assert got.startswith(b"HTTP/1.1 408 ") and seconds < 20


def test_a_large_body_over_a_slow_link_gets_through(hasty):
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hello"}], "note": "x" * 80_000}).encode()
    began = time.monotonic()
    with raw_http.connect(hasty) as connection:
        connection.sendall(raw_http.head("POST", "/v1/chat/completions", length=len(body)))
        # Three times as long as a body without a byte might take, in pieces of 16 kB a half-second.
        for start in range(0, len(body), 8192):
            connection.sendall(body[start:start + 8192])
            time.sleep(0.45)
        assert time.monotonic() - began > 2.5 * PATIENCE
        assert raw_http.read_reply(connection).status == 200


def test_a_client_that_waits_for_its_answer_is_not_cut(hasty):
    with raw_http.connect(hasty) as connection:
        connection.sendall(raw_http.head("POST", "/v1/chat/completions", length=len(CHAT)) + CHAT)
        # And a part of the next request does not change that.
        connection.sendall(b"GET /v1/models HT")
        assert raw_http.read_reply(connection).status == 200
        connection.sendall(b"TP/1.1\r\nhost: localhost\r\n\r\n")
        assert raw_http.read_reply(connection).status == 200


def test_idle_connections_are_closed_and_used_ones_stay(hasty):
    with raw_http.connect(hasty) as connection:
        for _ in range(5):
            connection.sendall(GET)
            assert raw_http.read_reply(connection).status == 200
            time.sleep(PATIENCE / 2)
        got, seconds = closed_after(connection)
    assert got == b"" and seconds < PATIENCE + 10
    assert hasty.state()["connections"]["timed_out"] > 0


def test_silent_clients_are_probed(hasty):
    with raw_http.connect(hasty) as connection:
        connection.sendall(GET)
        raw_http.read_reply(connection)
        ours, theirs = connection.getsockname()[1], connection.getpeername()[1]
        lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
        line = next(line for line in lines if f":{theirs:04X} " in line.split()[1] + " " and f":{ours:04X}" in line.split()[2])
        # 02: the keepalive timer.
        assert line.split()[5].startswith("02:")


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    """An ember with few connections, over an engine that is slow to answer."""
    config = f"""
connections: {{limit: 10, limit_per_address: 6, header_timeout: 60s}}
queue: {{limit: 50}}
models: {{m: {{{played_engine(seconds=4)}, parallel: 10}}}}
"""
    with Ember(config, tmp_path_factory.mktemp("narrow")) as ember:
        assert ember.chat("m")[0] == 200
        yield ember


def ask_from(server, address, data):
    host, port = server.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=30, source_address=(address, 0))
    connection.sendall(data)
    return connection


def test_beyond_the_bound_there_is_a_clear_word_and_the_health(narrow):
    chat = raw_http.head("POST", "/v1/chat/completions", length=len(CHAT)) + CHAT
    with contextlib.ExitStack() as stack:
        busy = [stack.enter_context(ask_from(narrow, "127.0.0.1", chat)) for _ in range(6)]
        assert eventually(lambda: narrow_in_flight(narrow) == 6)
        # Of this address there are enough, of others not.
        over = raw_http.ask(narrow, "GET", "/v1/models")
        assert (over.status, over.error["code"]) == (503, "too_many_connections")
        assert "limit_per_address" in over.error["message"]
        assert int(over.headers["retry-after"]) > 0 and over.headers["connection"] == "close"
        busy += [stack.enter_context(ask_from(narrow, f"127.0.0.{n}", chat)) for n in (2, 3, 4, 5)]
        assert eventually(lambda: is_full(narrow))
        over = raw_http.read_reply(stack.enter_context(ask_from(narrow, "127.0.0.9", GET)))
        assert over.status == 503 and "connections.limit)" in over.error["message"]
        assert raw_http.read_reply(stack.enter_context(ask_from(narrow, "127.0.0.9", GET.replace(b"v1/models", b"health")))).status == 200
        assert [raw_http.read_reply(connection).status for connection in busy] == [200] * 10
    assert raw_http.ask(narrow, "GET", "/v1/models").status == 200
    assert sum("bound on connections is reached" in line for line in narrow.log) >= 1


def narrow_in_flight(server):
    """Asked from elsewhere, so that the places of the tests' address stay free."""
    with ask_from(server, "127.0.0.8", b"GET /ember/v1/state HTTP/1.1\r\nhost: localhost\r\n\r\n") as connection:
        return json.loads(raw_http.read_reply(connection).body)["models"][0]["in_flight"]


def is_full(server):
    """Whether all ten places are taken by busy ones, so that none can be displaced. The health is answered in any case."""
    with ask_from(server, "127.0.0.8", b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n") as connection:
        assert raw_http.read_reply(connection).status == 200
    with ask_from(server, "127.0.0.8", GET) as connection:
        return raw_http.read_reply(connection).status == 503


def test_idle_ones_give_way_and_busy_ones_do_not(narrow):
    with contextlib.ExitStack() as stack:
        used = stack.enter_context(raw_http.connect(narrow))
        used.sendall(GET)
        raw_http.read_reply(used)
        before = narrow.state()["connections"]["given_up"]
        silent = [stack.enter_context(raw_http.connect(narrow)) for _ in range(5)]
        time.sleep(1.2)
        assert raw_http.ask(narrow, "GET", "/v1/models").status == 200
        assert narrow.state()["connections"]["given_up"] > before
        # Those that have never asked anything go first.
        closed, _, _ = select.select(silent, [], [], 10)
        assert closed and closed[0].recv(1) == b""
        used.sendall(GET)
        assert raw_http.read_reply(used).status == 200


def test_what_was_asked_before_a_connection_is_displaced_is_answered(narrow):
    """Forty clients connect and ask at the same moment. Each gets an answer: none is displaced with its request unread."""
    for _ in range(5):
        with contextlib.ExitStack() as stack:
            at_once = [stack.enter_context(ask_from(narrow, "127.0.0.1", GET)) for _ in range(40)]
            answered = [raw_http.read_reply(connection).status for connection in at_once]
            assert set(answered) <= {200, 503}


def test_260_idle_connections_with_256_descriptors(ember):
    server = ember(f"models: {{m: {{{played_engine()}}}}}\n", descriptors=(256, 256))
    assert any("connections.limit is lowered" in line for line in server.log)
    with contextlib.ExitStack() as stack:
        idle = []
        for number in range(260):
            with contextlib.suppress(ConnectionError):
                idle.append(stack.enter_context(raw_http.connect(server)))
            if number % 3 == 0:
                with contextlib.suppress(OSError):
                    idle[-1].sendall(b"POST /v1/chat")
        for _ in range(5):
            assert raw_http.ask(server, "GET", "/health").status == 200
            assert raw_http.ask(server, "POST", "/v1/chat/completions", body=CHAT).status == 200
        state = server.state()
        assert state["descriptors"]["open"] < state["descriptors"]["limit"] == 256
        assert state["connections"]["open"] <= state["connections"]["limit"] < 256
        client = openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0)
        assert [model.id for model in client.models.list()] == ["m"]
    assert sum("bound on connections is reached" in line for line in server.log) == 1


def test_the_soft_limit_is_raised_and_engines_get_the_old_one(ember):
    server = ember(f"models: {{m: {{{played_engine()}}}}}\n", descriptors=(300, 2000))
    assert server.chat("m")[0] == 200
    assert open_files(server.process.pid) == (2000, 2000)
    assert open_files(server.model("m")["process"]) == (300, 2000)
    assert server.state()["descriptors"]["limit"] == 2000


@pytest.mark.parametrize("path", ["/health", "/v1/chat/completions"])
def test_connections_that_have_ended_take_no_memory(ember, path):
    """One that is not freed takes about 30 kB, with its buffers."""
    server = ember(f"models: {{m: {{{played_engine()}, parallel: 4}}}}\n")

    def connect(times):
        for _ in range(times):
            if path == "/health":
                assert raw_http.ask(server, "GET", path).status == 200
            else:
                assert raw_http.ask(server, "POST", path, body=CHAT).status == 200

    connect(300)
    before = resident_bytes(server.process)
    connect(600)
    assert resident_bytes(server.process) - before < 600 * 10_000


def open_files(process):
    found = re.search(r"Max open files\s+(\d+)\s+(\d+)", pathlib.Path(f"/proc/{process}/limits").read_text())
    return int(found[1]), int(found[2])
