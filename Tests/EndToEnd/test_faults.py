"""Engines that die, hang and never start; clients that leave; an ember that is killed."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import signal
import socket
import time
import urllib.parse

import pytest

import raw_http
from ember_process import SMOLLM2, played_engine, process_tree
from waiting import eventually

KILLS = int(os.environ.get("EMBER_TEST_KILLS", "20"))
CONFIG = f"models: {{small: {{path: {SMOLLM2}, context: 1024, parallel: 2}}}}\n"


def open_stream(server, max_tokens=400):
    """A connection on which a streamed answer has begun."""
    address = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    body = {"model": "small", "messages": [{"role": "user", "content": "Tell a story."}], "stream": True}
    connection.request(
        "POST", "/v1/chat/completions", json.dumps({**body, "max_tokens": max_tokens, "ignore_eos": True}),
        {"content-type": "application/json"},
    )
    response = connection.getresponse()
    assert response.status == 200, response.read()
    # Comments may come first, and blank lines behind them, where the engine is slow to begin.
    while not (line := response.readline()).startswith(b"data: "):
        assert line == b"\n" or line.startswith(b": "), line
    return connection, response


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_killed_engine_ends_its_streams_at_once_and_the_next_request_is_served(ember):
    # No backoff to wait for: a model that has answered since its last failure is started again after a second.
    server = ember(CONFIG)
    for round in range(KILLS):
        streams = [open_stream(server) for _ in range(2)]
        os.kill(server.model("small")["process"], signal.SIGKILL)
        killed = time.monotonic()
        for connection, response in streams:
            rest = response.read()
            assert b'"error"' in rest and b"[DONE]" not in rest, rest[-200:]
            connection.close()
        assert time.monotonic() - killed < 1.0, f"round {round}"
        status, _, answer = server.chat("small", max_tokens=1)
        assert status == 200, (round, answer)


def test_a_request_of_which_nothing_was_sent_is_tried_again(ember):
    server = ember(CONFIG)
    assert server.chat("small", max_tokens=1)[0] == 200
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(server.chat, "small", "Tell a story.", max_tokens=300, ignore_eos=True)
        eventually(lambda: server.model("small")["in_flight"] == 1)
        time.sleep(0.2)
        os.kill(server.model("small")["process"], signal.SIGKILL)
        assert answer.result()[0] == 200
    assert server.state()["cost"]["loads"] == 2


def test_a_preloaded_model_comes_back_by_itself(ember):
    server = ember(f"models: {{small: {{path: {SMOLLM2}, context: 1024, preload: true}}}}\n")
    eventually(lambda: server.model("small")["status"] == "loaded")
    first = server.model("small")["process"]
    os.kill(first, signal.SIGKILL)
    eventually(lambda: server.model("small").get("process") not in (None, first))


def test_an_engine_that_exits_at_start_is_marked_failed_with_its_reason(ember):
    server = ember(
        """
models:
  broken:
    command: [sh, -c, "echo this is why >&2; exit 3; : ${socket}"]
    memory: 10MB
"""
    )
    status, headers, answer = server.chat("broken")
    assert status == 503 and answer["error"]["code"] == "model_failed"
    assert "this is why" in answer["error"]["message"] and int(headers["retry-after"]) > 0
    model = server.model("broken")
    assert model["status"] == "failed" and "code 3" in model["failure"]


def test_an_engine_that_speaks_nonsense_is_a_bad_gateway(ember, tmp_path):
    worker = tmp_path / "nonsense.py"
    worker.write_text(
        """
import socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
while True:
    connection, _ = server.accept()
    head = connection.recv(65536)
    ready = head.startswith(b"GET /health")
    connection.sendall(b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\nconnection: close\\r\\n\\r\\nok" if ready else b"nonsense\\r\\n\\r\\n")
    connection.close()
"""
    )
    server = ember(
        f"""
models:
  odd: {{command: [python3, {worker}, "${{socket}}"], memory: 30MB}}
"""
    )
    status, _, answer = server.chat("odd")
    assert status == 502 and answer["error"]["code"] == "engine_failed"
    assert server.model("odd")["in_flight"] == 0


def test_a_client_that_leaves_stops_its_decode(ember):
    server = ember(CONFIG)
    connection, response = open_stream(server, max_tokens=900)
    assert server.model("small")["in_flight"] == 1
    response.close()
    connection.close()
    eventually(lambda: server.model("small")["in_flight"] == 0, 5)


def test_a_client_that_leaves_does_not_abort_a_load_that_another_waits_for(ember):
    server = ember(f"models: {{slow: {{{played_engine(starts=2)}}}}}\n")
    address = urllib.parse.urlsplit(server.url)
    body = b'{"model": "slow", "messages": [{"role": "user", "content": "Hello"}]}'
    impatient = socket.create_connection((address.hostname, address.port))
    impatient.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        patient = pool.submit(server.chat, "slow")
        eventually(lambda: server.model("slow")["waiting"] == 2, 5)
        raw_http.reset(impatient)
        eventually(lambda: server.model("slow")["waiting"] == 1, 5)
        assert patient.result()[0] == 200
    assert server.state()["cost"]["loads"] == 1


def test_a_stream_that_waits_for_its_model_gets_comments(ember, tmp_path):
    worker = tmp_path / "never.py"
    worker.write_text("import time\ntime.sleep(600)\n")
    server = ember(
        f"""
ping_interval: 300ms
models: {{never: {{command: [python3, {worker}, '${{socket}}'], memory: 30MB, start_timeout: 2s}}}}
"""
    )
    address = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    body = json.dumps({"model": "never", "messages": [{"role": "user", "content": "Hello"}], "stream": True})
    connection.request("POST", "/v1/chat/completions", body, {"content-type": "application/json"})
    response = connection.getresponse()
    assert response.status == 200 and response.headers["content-type"] == "text/event-stream"
    text = response.read().decode()
    assert text.count(": waiting for the model\n\n") >= 3
    assert json.loads(text.rsplit("data: ", 1)[1])["error"]["code"] == "model_failed"


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_engines_never_outlive_ember(ember, sign):
    server = ember(CONFIG)
    assert server.chat("small", max_tokens=1)[0] == 200
    children = process_tree(server.process.pid)[1:]
    assert len(children) >= 2
    server.process.send_signal(sign)
    server.process.wait(30)
    eventually(lambda: not any(alive(pid) for pid in children))


def test_sigterm_lets_a_running_request_finish(ember):
    server = ember(CONFIG)
    connection, response = open_stream(server, max_tokens=100)
    server.process.send_signal(signal.SIGTERM)
    rest = response.read()
    connection.close()
    assert b"data: [DONE]" in rest
    assert server.process.wait(30) == 0


def test_sigterm_is_forced_after_the_drain_timeout(ember):
    server = ember("drain_timeout: 1s\n" + CONFIG)
    _, response = open_stream(server, max_tokens=900)
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(30)
    assert time.monotonic() - began < 10
