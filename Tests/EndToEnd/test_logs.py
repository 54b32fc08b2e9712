"""`ember logs` and its route: what engines have written."""

import json
import signal
import subprocess
import time

import raw_http
from ember_process import BINARY, ROOT, SMOLLM2
from waiting import eventually

ENGINE = ROOT / "Tests/EndToEnd/talking_engine.py"


def address(server):
    return server.url.removeprefix("http://")


def test_the_last_lines_of_an_engine(ember):
    server = ember(f"models: {{small: {{path: {SMOLLM2}, context: 1024}}}}\n")
    assert server.command("logs", "small").stdout == ""
    assert server.chat("small", max_tokens=1)[0] == 200
    shown = server.command("logs", "small")
    assert shown.returncode == 0 and "load" in shown.stdout and len(shown.stdout.splitlines()) <= 50
    assert len(server.command("logs", "small", "--lines", "3").stdout.splitlines()) == 3
    unknown = server.command("logs", "other")
    assert unknown.returncode == 1 and "'other'" in unknown.stderr and "ember ps --all" in unknown.stderr
    assert server.command("logs", "small", "--lines", "1000").returncode == 1


def test_lines_of_an_engine_that_has_ended_stay(ember):
    server = ember(f'models: {{m: {{command: [python3, {ENGINE}, "${{socket}}", die], memory: 30MB}}}}\n')
    assert server.chat("m")[0] >= 500
    assert "about to die" in server.command("logs", "m").stdout


def test_new_lines_come_as_they_are_written(ember):
    server = ember(f'models: {{m: {{command: [python3, {ENGINE}, "${{socket}}", talk], memory: 30MB}}}}\n')
    with subprocess.Popen(
            [BINARY, "logs", "m", "--follow", "--listen", address(server)], stdout=subprocess.PIPE, text=True) as process:
        assert server.chat("m")[0] == 200
        for number in range(1, 4):
            assert process.stdout.readline() == f"tick {number}\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) != 0


def test_a_follower_does_not_keep_ember_from_ending(ember):
    server = ember(f'drain_timeout: 60s\nmodels: {{m: {{command: [python3, {ENGINE}, "${{socket}}", talk], memory: 30MB}}}}\n')
    with raw_http.connect(server) as connection, subprocess.Popen(
            [BINARY, "logs", "m", "-f", "--listen", address(server)], stdout=subprocess.PIPE) as process:
        connection.sendall(raw_http.head("GET", "/ember/v1/models/m/logs?follow=true"))
        assert connection.recv(12) == b"HTTP/1.1 200"
        # The command's stream has begun too, once a line has come.
        assert server.chat("m")[0] == 200
        assert process.stdout.readline() == b"tick 1\n"
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0 and time.monotonic() - began < 20
        assert process.wait(20) == 0


def test_a_head_request_does_not_follow(ember):
    """Its answer has no body, and the connection goes on."""
    server = ember(f"models: {{small: {{path: {SMOLLM2}}}}}\n")
    with raw_http.connect(server) as connection:
        connection.sendall(raw_http.head("HEAD", "/ember/v1/models/small/logs?follow=true"))
        assert raw_http.read_reply(connection, has_body=False).status == 200
        connection.sendall(raw_http.head("GET", "/health"))
        reply = raw_http.read_reply(connection)
        assert (reply.status, json.loads(reply.body)) == (200, {"status": "ok"})


def test_a_follower_that_goes_is_forgotten(ember):
    server = ember(f"models: {{small: {{path: {SMOLLM2}}}}}\n")
    before = server.state()["connections"]["open"]
    connection = raw_http.connect(server)
    connection.sendall(raw_http.head("GET", "/ember/v1/models/small/logs?follow=true"))
    assert connection.recv(12) == b"HTTP/1.1 200"
    raw_http.reset(connection)
    eventually(lambda: server.state()["connections"]["open"] <= before)
