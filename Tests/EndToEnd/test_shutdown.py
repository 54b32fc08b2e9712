"""How Ember ends: waiting requests get an error at once, others their answer or an error, and nothing is left behind."""

import concurrent.futures
import json
import pathlib
import signal
import socket
import subprocess
import time

import pytest

import raw_http
import scripted_engine
from ember_process import BINARY, ROOT, played_engine, process_tree
from scripted_engine import BEGINNINGS, EVENTS
from test_broken_streams import CHAT, CLIENTS, MESSAGES, PATHS, asked, scripted
from test_faults import alive, eventually

SCRIPTED = ROOT / "Tests/EndToEnd/scripted_engine.py"


@pytest.fixture
def sky():
    server = scripted_engine.serve()
    yield server
    server.shutdown()
    server.server_close()


def stubborn():
    """An engine that does not end by SIGTERM."""
    return f"""{{command: [sh, -c, "trap '' TERM; exec python3 {SCRIPTED} $0", "${{socket}}"], memory: 30MB}}"""


def script(*steps):
    return json.dumps(list(steps))


def body_for(path, model, text, **more):
    ask = {"prompt": text} if path == "/v1/completions" else {"input": text} if path == "/v1/responses" else {
        "messages": [{"role": "user", "content": text}]}
    return {"model": model, "max_tokens": 9, **ask, **more}


def send(server, path, body):
    """A connection on which a request was sent."""
    data = json.dumps(body).encode()
    connection = raw_http.connect(server, timeout=60)
    connection.sendall(raw_http.head("POST", path, {"content-type": "application/json"}, len(data)) + data)
    return connection


def is_told(reply, path=CHAT):
    assert reply.status == 503, reply.body
    assert reply.headers["retry-after"] == "5" and reply.headers["connection"] == "close"
    if path == MESSAGES:
        assert reply.error["type"] == "overloaded_error"
    else:
        assert reply.error["code"] == "shutting_down"


def ends(server, seconds, code=0):
    """Ends within `seconds`, and leaves no process behind."""
    assert server.process.wait(seconds) == code, "".join(server.log[-20:])
    assert not [pid for pid in server.tree[1:] if alive(pid)]


def stop(server, number=signal.SIGTERM):
    server.tree = process_tree(server.process.pid)
    server.process.send_signal(number)
    return time.monotonic()


def test_who_waits_is_told_at_once(ember):
    server = ember(
        f"models: {{near: {scripted(', parallel: 1')}, never: {{{played_engine(starts=1000)}}}}}\n")
    running = send(server, CHAT, body_for(CHAT, "near", script(
        ["wait", 3], ["answer", 200, "application/json", json.dumps(scripted_engine.WHOLE[CHAT])])))
    eventually(lambda: server.model("near")["in_flight"] == 1)
    waiting = []
    for index in range(40):
        path, model = [CHAT, MESSAGES][index % 2], ["near", "never"][index // 2 % 2]
        waiting.append((path, send(server, path, body_for(path, model, "x", stream=index % 4 == 0))))
    eventually(lambda: server.state()["queue"]["waiting"] == 40)
    began = stop(server)
    for path, connection in waiting:
        is_told(raw_http.read_reply(connection), path)
        connection.close()
    assert time.monotonic() - began < 2.5
    reply = raw_http.read_reply(running)
    assert reply.status == 200 and reply.headers["connection"] == "close"
    ends(server, 10)


def test_a_load_that_never_comes_does_not_hold_the_drain(ember):
    server = ember(f"models: {{never: {{{played_engine(starts=1000)}, preload: true}}}}\n")
    waiting = send(server, CHAT, body_for(CHAT, "never", "x"))
    eventually(lambda: server.model("never")["waiting"] == 1)
    # As Ctrl-C does.
    began = stop(server, signal.SIGINT)
    is_told(raw_http.read_reply(waiting))
    ends(server, 10)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("place", ["near", "far"])
def test_what_still_runs_after_the_drain_is_told(ember, sky, place):
    """Streams end with their API's error, whole answers with a status; by the real clients, too."""
    server = ember(
        f'drain_timeout: 500ms\nping_interval: 60s\nupstreams: {{sky: {{url: "{sky.url}", prices: {{input: 1, output: 1}}}}}}\n'
        f"budget: {{day: 10}}\nmodels: {{near: {scripted(', parallel: 16')}, far: {{upstream: sky}}}}\n")

    def begun(path):
        return script(["head", EVENTS], ["send", BEGINNINGS[asked(path, place)]], ["wait", 30])

    streams = {path: send(server, path, body_for(path, place, begun(path), stream=True)) for path in PATHS}
    late = {path: send(server, path, body_for(path, place, script(["wait", 30]), stream=True)) for path in (CHAT, MESSAGES)}
    whole = {path: send(server, path, body_for(path, place, script(["wait", 30]))) for path in (CHAT, MESSAGES)}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        clients = [pool.submit(read, server, path, place, begun(path)) for read, path in CLIENTS]
        count = len(streams) + len(late) + len(whole) + len(clients)
        if place == "near":
            eventually(lambda: server.model("near")["in_flight"] == count)
        else:
            eventually(lambda: len(sky.seen) == count)
            assert server.state()["cloud"]["set_aside"] > 0
        time.sleep(0.3)
        began = stop(server)
        for path, connection in streams.items():
            reply = raw_http.read_reply(connection)
            assert reply.status == 200
            # What is translated has the same words in another form.
            beginning = b"one " if asked(path, place) != path else BEGINNINGS[path].encode()
            assert beginning in reply.body
            last = reply.body.decode().rstrip("\n").split("\n\n")[-1]
            assert "shutting" in last and "data: " in last, last
            assert ("event: error" in last) == (path in (MESSAGES, "/v1/responses"))
        for path, connection in [*late.items(), *whole.items()]:
            is_told(raw_http.read_reply(connection), path)
        assert time.monotonic() - began < 5
        for client in clients:
            error = client.exception(30)
            assert error and "shutting" in str(error).lower().replace("overloaded", "shutting"), error
    ends(server, 10)
    if place == "far":
        kept = json.loads((pathlib.Path(server.environment["EMBER_STATE"]) / "spending.json").read_text())
        assert kept, "what an upstream may charge for is not forgotten"


@pytest.mark.parametrize("drain", ["0s", "60s"])
def test_a_second_signal_ends_at_once(ember, drain):
    """Also where an engine will not; without a drain, the first one does."""
    server = ember(f"drain_timeout: {drain}\nmodels: {{near: {stubborn()}}}\n")
    stream = send(server, CHAT, body_for(
        CHAT, "near", script(["head", EVENTS], ["send", BEGINNINGS[CHAT]], ["wait", 100]), stream=True))
    eventually(lambda: server.model("near")["in_flight"] == 1)
    time.sleep(0.3)
    began = stop(server)
    if drain != "0s":
        time.sleep(0.5)
        assert server.process.poll() is None
    else:
        time.sleep(1)
    server.process.send_signal(signal.SIGTERM)
    assert b"shutting_down" in raw_http.read_reply(stream).body
    ends(server, 8)
    assert time.monotonic() - began < 8


def test_while_it_drains(ember):
    """It says so in its health, closes idle connections, and takes nothing in."""
    server = ember(f"models: {{near: {scripted(', parallel: 2')}, other: {{{played_engine()}}}}}\n")
    idle = raw_http.connect(server)
    idle.sendall(raw_http.head("GET", "/health"))
    assert raw_http.read_reply(idle).status == 200
    running = send(server, CHAT, body_for(CHAT, "near", script(
        ["wait", 2], ["answer", 200, "application/json", json.dumps(scripted_engine.WHOLE[CHAT])])))
    eventually(lambda: server.model("near")["in_flight"] == 1)
    stop(server)
    assert idle.recv(1) == b""
    health = raw_http.ask(server, "GET", "/health")
    assert health.status == 503 and json.loads(health.body) == {"status": "draining"}
    for path in PATHS:
        is_told(raw_http.ask(server, "POST", path, body=json.dumps(body_for(path, "near", "x")).encode()), path)
    is_told(raw_http.ask(server, "POST", "/ember/v1/models/load", body=b'{"model": "other"}'))
    # A long body is not read first, and its client gets the error all the same.
    long = json.dumps(body_for(CHAT, "near", "x" * (4 << 20))).encode()
    is_told(raw_http.ask(server, "POST", CHAT, body=long))
    assert server.state()["models"][0]["in_flight"] == 1
    assert raw_http.read_reply(running).status == 200
    ends(server, 10)


def test_a_client_that_does_not_read_holds_nothing_up(ember):
    server = ember(f"drain_timeout: 500ms\nmodels: {{near: {scripted()}}}\n")
    piece = "data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": "x" * 100_000}}]}) + "\n\n"
    deaf = send(server, CHAT, body_for(
        CHAT, "near", script(["head", EVENTS], *[["send", piece]] * 300, ["wait", 100]), stream=True))
    eventually(lambda: server.model("near")["in_flight"] == 1)
    time.sleep(0.5)
    began = stop(server)
    ends(server, 10)
    assert time.monotonic() - began < 8
    deaf.close()


def test_other_signals_end_nothing(ember):
    server = ember(f"models: {{near: {{{played_engine()}}}}}\n")
    assert server.chat("near")[0] == 200
    process = server.model("near")["process"]
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE):
        for _ in range(3):
            server.process.send_signal(number)
            time.sleep(0.05)
        assert server.chat("near")[0] == 200 and server.model("near")["process"] == process
        if number != signal.SIGPIPE:
            eventually(lambda: any(signal.Signals(number).name in line for line in server.log))


def test_under_nohup_a_lost_terminal_means_nothing(ember):
    server = ember(f"models: {{near: {{{played_engine()}}}}}\n", program=("nohup", BINARY))
    server.process.send_signal(signal.SIGHUP)
    assert server.chat("near")[0] == 200
    assert not any("SIGHUP" in line for line in server.log)


def test_a_signal_during_the_start(tmp_path):
    """Before it listens, too, nothing is left behind."""
    config = tmp_path / "ember.yaml"
    config.write_text(f"models: {{near: {{{played_engine(starts=1000)}, preload: true}}}}\n")
    for pause in (0.1, 0.3, 0.7):
        process = subprocess.Popen(
            [BINARY, "serve", "--config", config, "--listen", "127.0.0.1:0"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        time.sleep(pause)
        tree = process_tree(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)
        assert not [pid for pid in tree[1:] if alive(pid)]


def test_a_closed_log_does_not_end_it(tmp_path):
    """The reader of the log has gone."""
    config = tmp_path / "ember.yaml"
    address = tmp_path / "ember.sock"
    config.write_text(f"models: {{near: {{{played_engine()}}}}}\n")
    process = subprocess.Popen(
        [BINARY, "serve", "--config", config, "--listen", f"unix:{address}", "--log-level", "debug"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        process.stdout.readline()
        process.stdout.close()
        process.stderr.close()
        for _ in range(3):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(address))
                connection.sendall(raw_http.head("POST", "/ember/v1/models/load", length=15) + b'{"model":"near"}'[:15])
                assert connection.recv(100)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
