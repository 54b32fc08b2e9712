"""Web pages: those of others may do nothing, those that are allowed everything."""

import json
import socket

import openai
import pytest

import raw_http
from ember_process import SMOLLM2, Ember

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 4}
PAGE = "https://chat.example.org"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Without keys and without cors, as on a user's own machine."""
    config = f"services: {{default: {{context: given}}}}\nmodels: {{m: {{path: {SMOLLM2}, context: 512}}}}\n"
    with Ember(config, tmp_path_factory.mktemp("origins")) as ember:
        yield ember
        assert ember.state()["cost"]["loads"] == 0


def port(server):
    return server.url.rsplit(":", 1)[1]


EVERYTHING = [
    ("POST", "/ember/v1/models/unload", b'{"model": "m"}'),
    ("POST", "/ember/v1/services/default/demonstrations", b'{"model": "m", "prompt": "p", "result": "r"}'),
    ("DELETE", "/ember/v1/services/default/demonstrations", b""),
    ("PUT", "/ember/v1/policy", b'{"policy": "lru"}'),
    ("GET", "/ember/v1/state", b""),
    ("GET", "/ember/v1/services/default/export", b""),
    ("POST", "/v1/chat/completions", json.dumps(CHAT).encode()),
    ("GET", "/v1/models", b""),
    ("GET", "/nothing", b""),
]


@pytest.mark.parametrize("method, target, body", EVERYTHING)
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "content-type": "text/plain"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://localhost:3000"},
        {"origin": "app://desktop"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
        {"origin": "https://evil.example", "x-forwarded-host": "evil.example"},
    ],
)
def test_pages_of_others_may_do_nothing(server, method, target, body, headers):
    reply = raw_http.ask(server, method, target, headers, body)
    assert (reply.status, reply.error["code"]) == (403, "foreign_origin")
    assert "cors.origins" in reply.error["message"]
    assert not any(name.startswith("access-control") for name in reply.headers)


def test_nothing_of_a_refused_body_is_waited_for(server):
    with raw_http.connect(server) as connection:
        connection.sendall(raw_http.head("POST", "/v1/chat/completions", {"origin": "https://evil.example"}, length=10_000_000))
        assert raw_http.read_reply(connection).status == 403


@pytest.mark.parametrize("method, target, body", EVERYTHING)
def test_a_name_that_points_here_is_no_way_in(server, method, target, body):
    evil = f"evil.example:{port(server)}"
    for headers in [{"host": evil}, {"host": evil, "origin": f"http://{evil}", "sec-fetch-site": "same-origin"}]:
        reply = raw_http.ask(server, method, target, headers, body)
        assert (reply.status, reply.error["code"]) == (403, "foreign_host")
        assert "allowed_hosts" in reply.error["message"]
    assert raw_http.ask(server, method, f"http://{evil}{target}", {"host": "localhost"}, body).status == 403


def test_own_names_pass(server):
    for host in ["localhost", "LOCALHOST:1", "localhost.", "a.localhost", "127.0.0.1:80", "10.0.0.1", "[::1]:8080", "[fe80::1%eth0]"]:
        assert raw_http.ask(server, "GET", "/v1/models", {"host": host}).status == 200, host
    for host in ["127.0.0.1.evil.example", "localhost.evil.example", "evil-localhost", "0x7f000001", "2130706433", "1.2.3", "1.2.3.456"]:
        assert raw_http.ask(server, "GET", "/v1/models", {"host": host}).status == 403, host


@pytest.mark.parametrize(
    "headers",
    [
        [("host", None)], [("host", "")], [("host", "localhost"), ("host", "localhost")], [("host", "localhost, evil")],
        [("host", "a b")], [("host", "me@localhost")], [("host", "localhost:x")], [("host", "localhost:99999")], [("host", "[::1")],
        [("host", "http://localhost")], [("host", "localhost/")],
    ],
)
def test_a_request_names_one_host(server, headers):
    reply = raw_http.ask(server, "GET", "/v1/models", headers)
    assert (reply.status, reply.error["code"]) == (400, "bad_host")


def test_http_1_0_need_not_name_any(server):
    with raw_http.connect(server) as connection:
        connection.sendall(b"GET /v1/models HTTP/1.0\r\n\r\n")
        assert raw_http.read_reply(connection).status == 200


def test_own_pages_and_programs_pass(server):
    here = f"localhost:{port(server)}"
    for headers in [
        {}, {"host": here, "origin": f"http://{here}", "sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"},
        {"referer": "https://evil.example/"}, {"x-forwarded-host": "evil.example"},
    ]:
        assert raw_http.ask(server, "GET", "/v1/models", headers).status == 200


@pytest.fixture(scope="module")
def open_server(tmp_path_factory):
    config = f"""
keys: [{{key: secret-key, name: a}}]
allowed_hosts: [ember.lan]
cors: {{origins: ["{PAGE}", "http://localhost:*", desktop]}}
models: {{m: {{path: {SMOLLM2}, context: 512}}}}
"""
    with Ember(config, tmp_path_factory.mktemp("cors")) as ember:
        yield ember


KEY = {"authorization": "Bearer secret-key"}
ASKED = "authorization, content-type, x-stainless-lang, x-api-key, anthropic-version, x-ember-service, a-header-of-tomorrow"


@pytest.mark.parametrize("origin", [PAGE, "http://localhost:5173", "app://obsidian.md", "tauri://localhost", "vscode-webview://1a2b"])
@pytest.mark.parametrize("target", ["/v1/chat/completions", "/ember/v1/policy", "/ember/v1/services/default/demonstrations/1", "/nothing"])
def test_browsers_get_a_complete_answer_to_their_question(open_server, origin, target):
    reply = raw_http.ask(
        open_server, "OPTIONS", target,
        {
            "origin": origin, "access-control-request-method": "POST", "access-control-request-headers": ASKED,
            "access-control-request-private-network": "true", "sec-fetch-site": "cross-site", "host": "somewhere.example",
        })
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["access-control-allow-origin"] == origin
    assert reply.headers["access-control-allow-credentials"] == "true"
    assert reply.headers["access-control-allow-private-network"] == "true"
    assert set(ASKED.split(", ")) <= set(reply.headers["access-control-allow-headers"].split(", "))
    assert {"GET", "POST", "PUT", "DELETE"} <= set(reply.headers["access-control-allow-methods"].split(", "))
    assert "Origin" in reply.headers["vary"] and int(reply.headers["access-control-max-age"]) > 0


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://chat.example.org", PAGE + ":444", PAGE + ".evil.example", "https://localhost:1"])
def test_other_origins_get_none(open_server, origin):
    for method, headers in [("OPTIONS", {"access-control-request-method": "POST"}), ("GET", KEY)]:
        reply = raw_http.ask(open_server, method, "/v1/models", {"origin": origin, **headers})
        assert (reply.status, reply.error["code"]) == (403, "foreign_origin")
        assert "access-control-allow-origin" not in reply.headers


def test_replies_errors_and_streams_can_be_read(open_server):
    here = {"origin": PAGE, "sec-fetch-site": "cross-site"}
    missing = json.dumps({**CHAT, "model": "none"}).encode()
    for target, headers, body, status in [
        ("/v1/chat/completions", KEY, json.dumps(CHAT).encode(), 200),
        ("/v1/chat/completions", KEY, json.dumps({**CHAT, "stream": True}).encode(), 200),
        ("/v1/chat/completions", KEY, missing, 404), ("/v1/nothing", KEY, b"", 404), ("/v1/chat/completions", {}, b"{}", 401),
    ]:
        reply = raw_http.ask(open_server, "POST", target, {**here, **headers}, body)
        assert reply.status == status
        assert reply.headers["access-control-allow-origin"] == PAGE
        assert reply.headers["access-control-allow-credentials"] == "true"
        assert {"x-ember-request-id", "x-ember-served-by", "retry-after"} <= set(
            reply.headers["access-control-expose-headers"].split(", "))
        assert "Origin" in reply.headers["vary"]


def test_the_openai_client_of_a_page(open_server):
    client = openai.OpenAI(
        base_url=open_server.url + "/v1", api_key="secret-key", default_headers={"origin": PAGE, "sec-fetch-site": "cross-site"})
    with client.chat.completions.with_streaming_response.create(**CHAT, stream=True) as response:
        assert response.headers["access-control-allow-origin"] == PAGE
        assert "[DONE]" in response.read().decode()


def test_a_key_or_an_allowed_name_makes_any_host_good(open_server):
    assert raw_http.ask(open_server, "GET", "/v1/models", {"host": "somewhere.example", **KEY}).status == 200
    assert raw_http.ask(open_server, "GET", "/health", {"host": "ember.lan:1"}).status == 200
    for key in [{}, {"authorization": "Bearer wrong"}]:
        assert raw_http.ask(open_server, "GET", "/health", {"host": "somewhere.example", **key}).status == 403


def test_all_pages_but_without_credentials(ember):
    server = ember(f'cors: {{origins: ["*"]}}\nmodels: {{m: {{path: {SMOLLM2}}}}}\n')
    reply = raw_http.ask(server, "GET", "/v1/models", {"origin": "https://any.example", "sec-fetch-site": "cross-site"})
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (200, "*")
    assert "access-control-allow-credentials" not in reply.headers
    assert any("lets every web page" in line for line in server.log)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None])
def test_a_program_may_call_its_json_anything(open_server, kind):
    body = json.dumps({**CHAT, "note": "x" * 20_000}).encode()
    reply = raw_http.ask(open_server, "POST", "/v1/chat/completions", {"content-type": kind, **KEY}, body)
    assert reply.status == 200, reply.body


def test_a_unix_socket_has_no_name(ember, tmp_path):
    path = tmp_path / "ember.sock"
    server = ember(f"models: {{m: {{path: {SMOLLM2}}}}}\n", listen=f"unix:{path}")
    for host in ["evil.example", "", "a b"]:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(f"GET /v1/models HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
            assert raw_http.read_reply(connection).status == 200
    assert server.command("ps").returncode == 0
