"""What the operator wants of models: answers tell what happens, and the last word holds."""

import concurrent.futures
import json
import os
import pathlib
import time

import pytest

import raw_http
from ember_process import ROOT, played_engine
from test_faults import alive, eventually

PYTHON = ROOT / "Tests/EndToEnd/played_engine.py"


def change(server, deed, model, query=""):
    status, headers, body = server.request(f"/ember/v1/models/{deed}{query}", {"model": model})
    return status, headers, body.get("error", body)


def load(server, model, query="?wait=true"):
    return change(server, "load", model, query)


def unload(server, model, query="?wait=true"):
    return change(server, "unload", model, query)


def engines(name):
    """The processes of played engines whose command line names so."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if name.encode() in arguments and b"ember-guard" not in arguments[0]:
            found.append(int(folder.name))
    return found


def test_a_load_right_after_an_unload_is_not_lost(ember):
    server = ember(f"models: {{m: {{{played_engine(starts=0.1)}}}}}\n")
    status, _, body = load(server, "m")
    assert (status, body["status"], body["model"]) == (200, "loaded", "m")
    first = server.model("m")["process"]
    assert unload(server, "m", "")[0] == 202
    status, _, body = load(server, "m", "")
    assert status == 202 and body["status"] in ("unloading", "loading"), body
    assert load(server, "m")[2]["status"] == "loaded"
    assert server.model("m")["process"] != first and not alive(first)
    # A load in between has nothing to do.
    assert load(server, "m", "")[0] == 200


@pytest.mark.parametrize("last", ["load", "unload"])
def test_the_last_word_holds(ember, last):
    server = ember(f"models: {{m: {{{played_engine(starts=0.2)}}}}}\n")
    for _ in range(20):
        for deed in ("load", "unload"):
            assert change(server, deed, "m")[0] in (200, 202)
    if last == "load":
        assert load(server, "m")[0] == 200
    else:
        assert unload(server, "m")[0] == 200
    time.sleep(0.5)
    model = server.model("m")
    assert model["status"] == f"{last}ed" and model["failures"] == 0 and not model.get("failure")


def test_what_cannot_be_loaded_is_refused(ember, tmp_path):
    server = ember(
        f"""
memory: {{budget: 100MB}}
queue: {{min_residency: 0}}
models:
  pinned: {{{played_engine().replace("30MB", "60MB")}, pin: true, preload: true}}
  large: {{{played_engine().replace("30MB", "60MB")}}}
  busy: {{{played_engine(seconds=3)}}}
  small: {{{played_engine()}}}
  huge: {{{played_engine().replace("30MB", "200MB")}}}
  far: {{upstream: sky}}
upstreams: {{sky: {{url: "http://127.0.0.1:9/v1"}}}}
""")
    eventually(lambda: server.model("pinned")["status"] == "loaded")
    for model in ("huge", "large"):
        for query in ("", "?wait=true"):
            status, headers, error = load(server, model, query)
            assert (status, error["code"]) == (503, "model_does_not_fit") and "retry-after" not in headers
    for model in ("far", "none"):
        assert load(server, model)[0] == 404 and unload(server, model)[0] == 404
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answer = pool.submit(server.chat, "busy")
        eventually(lambda: server.model("busy")["in_flight"] == 1)
        status, headers, error = load(server, "small")
        assert (status, error["code"], headers["retry-after"]) == (503, "memory_in_use", "5")
        assert "busy (in use)" in error["message"] and "pinned (pinned)" in error["message"]
        assert answer.result()[0] == 200
    assert load(server, "small")[0] == 200
    assert server.model("busy")["status"] == "unloaded"
    for query, parameter in (("?wait=perhaps", "wait"), ("?timeout=1", "timeout"), ("?wait=true&timeout=-1", "timeout")):
        status, _, error = load(server, "small", query)
        assert status == 400 and error["param"] == parameter


def test_an_unload_ends_a_load(ember, tmp_path):
    name = f"never-{tmp_path.name}"
    server = ember(
        f'models: {{m: {{command: [python3, {PYTHON}, "${{socket}}", "1000", "0", "200", {name}], memory: 30MB}}}}\n')
    with concurrent.futures.ThreadPoolExecutor() as pool:
        requests = [pool.submit(server.chat, "m") for _ in range(3)]
        waits = [pool.submit(load, server, "m") for _ in range(2)]
        eventually(lambda: server.model("m")["waiting"] == 3 and engines(name))
        began = time.monotonic()
        status, _, body = unload(server, "m")
        assert (status, body["status"]) == (200, "unloaded") and time.monotonic() - began < 10
        assert not engines(name)
        for request in requests:
            status, headers, body = request.result()
            assert (status, body["error"]["code"], headers["retry-after"]) == (503, "model_unloaded", "1")
        for wait in waits:
            status, _, error = wait.result()
            assert (status, error["code"]) == (409, "overtaken")
    model = server.model("m")
    assert model["status"] == "unloaded" and model["failures"] == 0 and not model.get("failure")


def test_a_wait_that_is_over_leaves_the_load_alone(ember):
    server = ember(f"models: {{m: {{{played_engine(starts=2)}}}}}\n")
    status, _, body = load(server, "m", "?wait=true&timeout=0.2")
    assert (status, body["status"]) == (202, "loading")
    body = json.dumps({"model": "m"}).encode()
    with raw_http.connect(server) as connection:
        connection.sendall(raw_http.head("POST", "/ember/v1/models/load?wait=true", length=len(body)) + body)
        time.sleep(0.2)
    assert load(server, "m")[0] == 200


def test_a_load_that_fails_says_why(ember):
    server = ember('models: {m: {command: [sh, -c, "echo no such weights >&2; exit 3", "${socket}"], memory: 30MB}}\n')
    for _ in range(4):
        status, _, error = load(server, "m")
        assert (status, error["code"]) == (502, "load_failed")
        assert "code 3" in error["message"] and "no such weights" in error["message"]
    assert server.model("m")["status"] == "failed"
    # It is in no memory, and stays away.
    assert unload(server, "m")[0] == 200


def test_an_unload_lets_running_requests_finish(ember):
    server = ember(f"models: {{m: {{{played_engine(seconds=1)}, parallel: 1}}}}\n")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        requests = [pool.submit(server.chat, "m") for _ in range(2)]
        eventually(lambda: server.model("m")["in_flight"] == 1 and server.model("m")["waiting"] == 1)
        status, _, body = unload(server, "m", "")
        assert (status, body["status"]) == (202, "unloading")
        assert "have ended (1)" in body["message"] and "Requests wait for it (1)" in body["message"]
        assert [request.result()[0] for request in requests] == [200, 200]


def test_an_idle_ember_takes_next_to_no_time(ember):
    """Whatever it looks after by the clock: memory, files, energy, engines on trial, connections."""
    server = ember(f"models: {{m: {{{played_engine()}}}}}\n")
    assert server.chat("m")[0] == 200

    def seconds():
        fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    began = seconds()
    time.sleep(2)
    # One loop without its pause takes a core, where nothing else wants it.
    assert seconds() - began < 0.4
