"""Proxies and certificates of pulls and upstreams: from the environment, and of an upstream alone."""

import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from ember_process import BINARY
from mock_upstream import MockUpstream
from played_proxy import PlayedProxy
from raw_site import RawSite, whole
from test_pulls import MODEL, folder, pull  # noqa: F401 (a fixture)

#: A port of this machine at which nothing listens.
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    CLOSED = f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """(the signer's certificate, a certificate of *.example with its key)."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificates of this test")
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *new, "-days", "30", "-subj", "/CN=Played signer", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", *new, "-subj", "/CN=server", "-keyout", "server.key", "-out", "server.csr")
    (folder / "names").write_text("subjectAltName=DNS:*.example")
    openssl(
        "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-extfile",
        "names", "-out", "server.pem")
    return folder / "ca.pem", folder / "server.pem", folder / "server.key"


@pytest.fixture(scope="module")
def secure_site(certificates):
    """The port of an https server that has the model, and answers chats."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, body, kind):
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self.answer(MODEL, "application/octet-stream")

        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            message = {"role": "assistant", "content": "by TLS"}
            answer = {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
            self.answer(json.dumps(answer).encode(), "application/json")

        def log_message(self, *_):
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificates[1:])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_a_pull_asks_the_proxy_for_the_whole_url_with_its_password(folder):
    with RawSite(lambda request, number: whole(MODEL)) as site, PlayedProxy({"models.example": site.port}, "me:p@ss") as proxy:
        done = pull(
            folder, "http://models.example/a/m.gguf?x=%20y", "--allow-http",
            environment={"HTTP_PROXY": f"http://me:p%40ss@{proxy.address}"})
        assert done.returncode == 0, done.stderr
        (method, target, headers), = proxy.requests
        assert (method, target, headers["host"]) == ("GET", "http://models.example/a/m.gguf?x=%20y", "models.example")
        assert "proxy-authorization" not in site.requests[0].headers
        # Without it, at once, and with a message.
        done = pull(
            folder, "http://models.example/n.gguf", "--allow-http", environment={"http_proxy": f"http://{proxy.address}"})
        assert done.returncode == 1 and len(proxy.requests) == 2
        assert f"the proxy {proxy.address} of http_proxy wants a user and password (HTTP 407)" in done.stderr, done.stderr
        done = pull(
            folder, "https://models.example/n.gguf", environment={"ALL_PROXY": f"http://me:WRONG@{proxy.address}"})
        assert done.returncode == 1 and len(proxy.requests) == 3 and "of ALL_PROXY does not accept" in done.stderr
        assert "WRONG" not in done.stderr + done.stdout
    assert (folder / "m.gguf").read_bytes() == MODEL


def test_a_pull_goes_through_a_tunnel_and_trusts_the_file_of_certificates(folder, certificates, secure_site):
    with PlayedProxy({"models.example": secure_site}) as proxy:
        # The small spelling counts first.
        environment = {"https_proxy": proxy.address, "HTTPS_PROXY": CLOSED, "SSL_CERT_FILE": str(certificates[0])}
        done = pull(folder, "https://models.example/m.gguf", environment=environment)
        assert done.returncode == 0, done.stderr
        assert proxy.requests[0][:2] == ("CONNECT", "models.example:443")
        done = pull(folder, "https://models.example/n.gguf", environment=environment | {"SSL_CERT_FILE": ""})
        assert done.returncode == 1 and "certificate of https://models.example/n.gguf is not valid" in done.stderr
        assert "SSL_CERT_FILE" in done.stderr
        done = pull(folder, "https://models.example/n.gguf", environment=environment | {"SSL_CERT_FILE": "/missing.pem"})
        assert done.returncode == 1 and "SSL_CERT_FILE: the certificates in /missing.pem" in done.stderr, done.stderr
    assert (folder / "m.gguf").read_bytes() == MODEL


def test_a_pull_goes_through_socks(folder):
    with RawSite(lambda request, number: whole(MODEL)) as site, PlayedProxy({"models.example": site.port}, socks=True) as proxy:
        done = pull(
            folder, "http://models.example/m.gguf", "--allow-http", environment={"ALL_PROXY": f"socks5://{proxy.address}"})
        assert done.returncode == 0 and proxy.requests == [("SOCKS", "models.example:80", {})], done.stderr


def test_this_machine_is_asked_without_a_proxy(folder):
    with RawSite(lambda request, number: whole(MODEL)) as site:
        done = pull(folder, site.url + "/m.gguf", environment={"HTTP_PROXY": CLOSED, "ALL_PROXY": CLOSED})
    assert done.returncode == 0, done.stderr


def test_a_redirect_to_another_server_takes_that_servers_way(folder):
    def answer(request, number):
        return b"HTTP/1.1 302 x\r\nLocation: http://cdn.example/m.gguf\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    with RawSite(lambda request, number: whole(MODEL)) as cdn, RawSite(answer) as site:
        with PlayedProxy({"cdn.example": cdn.port}) as proxy:
            done = pull(folder, site.url + "/m.gguf", "--allow-http", environment={"HTTP_PROXY": proxy.address})
    assert done.returncode == 0 and [target for _, target, _ in proxy.requests] == ["http://cdn.example/m.gguf"], done.stderr


@pytest.mark.parametrize("value", ["ftp://me:SECRET@proxy", "https://me:SECRET@proxy:1", "http://me:SECRET@"])
def test_a_proxy_that_cannot_be_understood_is_named_without_its_password(folder, value):
    done = pull(folder, "https://models.example/m.gguf", environment={"HTTPS_PROXY": value})
    assert done.returncode == 1 and "HTTPS_PROXY" in done.stderr and "SECRET" not in done.stderr, done.stderr


def upstreams(proxy, socks, deny, sky, secure_port, ca):
    return f"""
upstreams:
  plain: {{url: "http://cloud.example:8080/v1", proxy: "http://me:p%40ss@{proxy.address}", key: kkk}}
  tls: {{url: "https://cloud.example/v1", proxy: "http://me:p%40ss@{proxy.address}", ca_file: {ca}}}
  untrusted: {{url: "https://cloud.example/v1", proxy: "http://me:p%40ss@{proxy.address}"}}
  socks: {{url: "http://cloud.example/v1", proxy: "socks5://{socks.address}"}}
  variable: {{url: "http://cloud.example/v1"}}
  none: {{url: "{sky.url}", proxy: none}}
  closed: {{url: "https://cloud.example/v1", proxy: "http://{CLOSED}"}}
  closedplain: {{url: "http://cloud.example/v1", proxy: "http://{CLOSED}"}}
  denied: {{url: "https://cloud.example/v1", proxy: "http://{deny.address}"}}
  nopassword: {{url: "https://cloud.example/v1", proxy: "http://{proxy.address}"}}
  nopasswordplain: {{url: "http://cloud.example/v1", proxy: "http://{proxy.address}"}}
models:
""" + "".join(
        f"  {name}: {{upstream: {name}}}\n"
        for name in (
            "plain", "tls", "untrusted", "socks", "variable", "none", "closed", "closedplain", "denied", "nopassword",
            "nopasswordplain"))


def test_upstreams_are_reached_as_their_settings_say(ember, certificates, secure_site):
    with MockUpstream() as sky:
        port = int(sky.url.split(":")[2].split("/")[0])
        servers = {"cloud.example": port}
        with (
            PlayedProxy(servers, "me:p@ss") as proxy, PlayedProxy(servers, socks=True) as socks,
            PlayedProxy(servers, refuses=403) as deny, PlayedProxy(servers) as variable,
        ):
            server = ember(
                upstreams(proxy, socks, deny, sky, secure_site, certificates[0]),
                environment={"HTTP_PROXY": f"http://{variable.address}", "HTTPS_PROXY": "", "NO_PROXY": "", "no_proxy": ""})

            def failure(model):
                status, _, answer = server.chat(model)
                assert status == 502 and answer["error"]["code"] == "upstream_failed", (model, answer)
                return answer["error"]["message"]

            status, headers, _ = server.chat("plain")
            assert status == 200 and headers["x-ember-served-by"] == "cloud:plain"
            method, target, fields = proxy.requests[-1]
            assert (method, target) == ("POST", "http://cloud.example:8080/v1/chat/completions")
            assert fields["host"] == "cloud.example:8080" and fields["authorization"] == "Bearer kkk"
            servers["cloud.example"] = secure_site
            status, _, answer = server.chat("tls")
            assert status == 200 and answer["choices"][0]["message"]["content"] == "by TLS"
            method, target, fields = proxy.requests[-1]
            # The key is for the upstream, and the password for the proxy.
            assert (method, target) == ("CONNECT", "cloud.example:443") and "authorization" not in fields
            assert failure("untrusted")
            servers["cloud.example"] = port
            assert server.chat("socks")[0] == 200 and socks.requests == [("SOCKS", "cloud.example:80", {})]
            assert server.chat("variable")[0] == 200
            assert variable.requests[0][1] == "http://cloud.example/v1/chat/completions"
            assert server.chat("none")[0] == 200 and len(variable.requests) == 1
            for name in ("closed", "closedplain"):
                message = failure(name)
                assert f"the proxy {CLOSED} of upstreams.{name}.proxy cannot be reached: Connection refused" in message
            message = failure("denied")
            assert f"the proxy {deny.address} of upstreams.denied.proxy" in message and "cloud.example" in message
            for name in ("nopassword", "nopasswordplain"):
                message = failure(name)
                assert "wants a user and password (HTTP 407)" in message and f"upstreams.{name}.proxy" in message
            log = "".join(server.log)
            assert "p@ss" not in log and "p%40ss" not in log and "bWU6cEBzcw" not in log


@pytest.mark.parametrize("upstream, variables, words", [
    ("proxy: 'ftp://me:SECRET@p'", {}, "upstreams.sky.proxy"),
    ("ca_file: missing.pem", {}, "upstreams.sky.ca_file"),
    ("timeout: 9s", {"HTTPS_PROXY": "ftp://me:SECRET@p"}, "upstreams.sky: HTTPS_PROXY"),
    ("timeout: 9s", {"SSL_CERT_FILE": "/missing.pem"}, "upstreams.sky: SSL_CERT_FILE"),
    ("proxy: none, timeout: 9s", {"HTTPS_PROXY": "ftp://me:SECRET@p"}, None),
])
def test_config_check_tells_of_proxies_and_certificates(tmp_path, upstream, variables, words):
    file = tmp_path / "ember.yaml"
    file.write_text(f'upstreams: {{sky: {{url: "https://a.example/v1", {upstream}}}}}\nmodels: {{m: {{upstream: sky}}}}\n')
    for command in ("check", "serve"):
        if command == "serve" and words is None:
            continue
        arguments = ["config", "check"] if command == "check" else ["serve", "--listen", "127.0.0.1:0"]
        done = subprocess.run(
            [BINARY, *arguments, "--config", str(file)], capture_output=True, text=True, timeout=60,
            env={**os.environ, "EMBER_STATE": str(tmp_path / "state"), **variables})
        assert "SECRET" not in done.stderr
        if words is None:
            assert done.returncode == 0, done.stderr
        else:
            assert done.returncode == 1 and words in done.stderr, done.stderr
