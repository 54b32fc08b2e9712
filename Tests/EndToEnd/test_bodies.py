"""Request bodies in flight: bounded, in files where they are long, and given back whatever happens."""

import concurrent.futures
import functools
import os
import pathlib
import re
import socket
import subprocess
import urllib.parse

import pytest

import waiting
from ember_process import BINARY, played_engine

eventually = functools.partial(waiting.eventually, seconds=60)

# The issue's own case is EMBER_TEST_BODIES=40 of EMBER_TEST_BODY_MB=20.
BODIES = int(os.environ.get("EMBER_TEST_BODIES", "40"))
BODY_MB = int(os.environ.get("EMBER_TEST_BODY_MB", "4"))


def chat_body(megabytes, model="slow"):
    return b'{"model":"%s","messages":[{"role":"user","content":"%s"}]}' % (model.encode(), b"a" * (megabytes * 1_000_000))


def own_memory(server):
    """Bytes of Ember's own process that no file backs. Mappings of bodies do not count: they last for the reading only."""
    text = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"^RssAnon:\s+(\d+)", text, re.M)[1]) * 1024


def open_files(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def send(server, data):
    """A connection on which bytes have been sent."""
    address = urllib.parse.urlsplit(server.url)
    connection = socket.create_connection((address.hostname, address.port), timeout=60)
    try:
        connection.sendall(data)
    except OSError:
        pass
    return connection


def head(length):
    return b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n" % length


# Fewer where prompts are read: a debug build takes its time.
@pytest.mark.parametrize("context, count", [("off", BODIES), ("learn", BODIES * 2 // 5)])
def test_waiting_requests_with_long_bodies_take_no_memory(ember, context, count):
    server = ember(
        f"""
bodies: {{limit: 2GiB}}
services: {{default: {{context: {context}}}}}
models: {{slow: {{{played_engine(starts=600)}}}}}
"""
    )
    server.request("/ember/v1/state")
    before = own_memory(server)
    body = chat_body(BODY_MB)
    connections = []
    for _ in range(count):
        connections.append(send(server, head(len(body)) + body))
    eventually(lambda: server.model("slow")["waiting"] == count, seconds=240)
    bodies = server.state()["bodies"]
    assert bodies["requests"] == count and bodies["bytes"] == bodies["in_files_bytes"] == count * len(body)
    grown = own_memory(server) - before
    print(f"{count} waiting bodies of {BODY_MB} MB: {before >> 20} MiB before, {grown >> 20} MiB more")
    assert grown < min(60_000_000, count * len(body) * 3 // 4), (before, grown)
    assert f"{count * len(body) >> 20} MiB of them in files" in server.command("ps").stdout
    for connection in connections[::2]:
        connection.close()
    eventually(lambda: server.state()["bodies"]["requests"] == count - len(connections[::2]))
    # The rest is in flight when Ember is stopped.


def test_clients_that_leave_half_way_leave_nothing(ember):
    server = ember(f"models: {{slow: {{{played_engine(starts=600)}}}}}\n")
    server.request("/ember/v1/state")
    files = open_files(server)
    half = chat_body(2)[:1_500_000]
    chunked = b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n"
    for number in range(100):
        start = head(2_000_062) if number % 2 else chunked % len(half)
        send(server, start + half).close()
    eventually(lambda: server.state()["bodies"]["requests"] == 0 and server.state()["bodies"]["bytes"] == 0)
    eventually(lambda: open_files(server) <= files + 2)


def test_a_slow_body_counts_as_what_has_come_of_it(ember):
    server = ember(f"models: {{slow: {{{played_engine()}}}}}\n")
    slow = [send(server, head(30_000_000) + b"{") for _ in range(60)]
    eventually(lambda: server.state()["bodies"]["requests"] == 60)
    assert server.state()["bodies"]["bytes"] == 60
    assert server.request("/v1/chat/completions", chat_body(3))[0] == 200
    for connection in slow:
        connection.close()


def test_the_tenants_bound_is_429_and_that_of_all_is_503(ember):
    server = ember(
        f"""
max_body: 4MiB
bodies: {{limit: 8500000, per_tenant: 5MB}}
keys:
  - {{key: key-of-alice-000, name: alice}}
  - {{key: key-of-bob-00000, name: bob}}
models: {{slow: {{{played_engine(starts=3)}}}}}
"""
    )
    alice, bob = ({"authorization": f"Bearer {key}"} for key in ("key-of-alice-000", "key-of-bob-00000"))
    path = "/v1/chat/completions"
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(server.request, path, chat_body(4), headers) for headers in (alice, bob)]
        state = lambda: server.request("/ember/v1/state", headers=alice)[2]
        eventually(lambda: state()["queue"]["waiting"] == 2)
        assert {tenant["name"]: tenant["bytes"] > 4_000_000 for tenant in state()["bodies"]["tenants"]} == {
            "alice": True, "bob": True}
        status, headers, answer = server.request(path, chat_body(2), alice)
        assert (status, answer["error"]["code"], headers["retry-after"]) == (429, "tenant_bodies_full", "2")
        status, headers, answer = server.request(path, chat_body(4)[:900_000] + b'"}]}', bob)
        assert (status, answer["error"]["code"], headers["retry-after"]) == (503, "bodies_full", "2")
        assert [future.result()[0] for future in waiting] == [200, 200]
    assert server.request(path, chat_body(4), alice)[0] == 200
    eventually(lambda: state()["bodies"]["bytes"] == 0)


def test_imports_use_the_same_room(ember):
    server = ember(
        f"""
max_body: 4MiB
bodies: {{limit: 8MB}}
services: {{school: {{context: given}}}}
models: {{slow: {{{played_engine()}}}}}
"""
    )
    path = "/ember/v1/services/school/demonstrations"
    line = b'{"prompt": "%s", "result": "r"}\n' % (b"p" * 60_000)
    lines = line * 100
    start = b"POST %s HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n" % (path.encode(), len(lines))
    half = send(server, start + lines[:3_000_000])
    eventually(lambda: server.state()["bodies"]["bytes"] == 3_000_000)
    status, headers, answer = server.request(path, lines)
    assert (status, answer["error"]["code"], headers["retry-after"]) == (429, "tenant_bodies_full", "2")
    status, _, answer = server.request(path, line * 150)
    assert (status, answer["error"]["code"]) == (413, "body_too_large")
    half.close()
    eventually(lambda: server.state()["bodies"]["bytes"] == 0)
    assert server.request(path, lines)[0] == 201
    assert server.state()["bodies"]["bytes"] == 0


def test_a_long_body_is_sent_again_after_its_engine_has_died(ember, tmp_path):
    worker = tmp_path / "dies_once.py"
    worker.write_text(
        """
import os, sys
sys.path.insert(0, %r)
import socket_server

class Handler(socket_server.Handler):
    def do_GET(self):
        self.whole(200)

    def do_POST(self):
        length = int(self.headers["content-length"])
        if not os.path.exists(%r):
            open(%r, "w").close()
            self.rfile.read(length // 2)
            os._exit(1)
        body = self.rfile.read(length)
        open(%r, "wb").write(body)
        self.whole(200)

socket_server.SocketServer(sys.argv[1], Handler).serve_forever()
"""
        % (str(pathlib.Path(__file__).parent), str(tmp_path / "died"), str(tmp_path / "died"), str(tmp_path / "body"))
    )
    server = ember(f"""models: {{odd: {{command: [python3, {worker}, "${{socket}}"], memory: 30MB}}}}\n""")
    body = chat_body(5, "odd")
    status, _, answer = server.request("/v1/chat/completions", body)
    assert status == 200, answer
    assert (tmp_path / "died").exists() and (tmp_path / "body").read_bytes() == body
    eventually(lambda: server.state()["bodies"]["bytes"] == 0)


def test_a_cache_folder_that_cannot_be_written_is_said_at_the_start(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "ember.yaml").write_text(f"models: {{slow: {{{played_engine()}}}}}\n")
    started = subprocess.run(
        [BINARY, "serve", "--config", tmp_path / "ember.yaml", "--listen", "127.0.0.1:0"], capture_output=True, text=True,
        timeout=60, env={**os.environ, "EMBER_CACHE": str(tmp_path / "file/cache"), "EMBER_STATE": str(tmp_path / "state")})
    assert started.returncode != 0
    assert "EMBER_CACHE" in started.stderr and str(tmp_path / "file/cache") in started.stderr, started.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system can be mounted only by root")
def test_a_full_disk_is_507_and_small_requests_go_on(ember, tmp_path):
    (tmp_path / "cache").mkdir()
    wrapper = tmp_path / "ember"
    wrapper.write_text(f'#!/bin/sh\nmount -t tmpfs -o size=2m none "$EMBER_CACHE" && exec {BINARY} "$@"\n')
    wrapper.chmod(0o755)
    probe = subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "none", str(tmp_path / "cache")], capture_output=True)
    if probe.returncode != 0:
        pytest.skip("no mount namespaces here")
    server = ember(
        f"models: {{slow: {{{played_engine()}}}}}\n", environment={"EMBER_CACHE": str(tmp_path / "cache")},
        program=["unshare", "-m", str(wrapper)])
    status, headers, answer = server.request("/v1/chat/completions", chat_body(6))
    assert (status, answer["error"]["code"]) == (507, "disk_full") and int(headers["retry-after"]) > 0
    for _ in range(3):
        assert server.request("/v1/chat/completions", chat_body(1))[0] == 200
    assert server.state()["bodies"]["bytes"] == 0
