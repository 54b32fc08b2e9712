"""One path in many spellings: understood everywhere as the canonical one, or refused with its name."""

import http.server
import json
import threading

import openai
import pytest

import raw_http
from ember_process import SMOLLM2, Ember, played_engine

CHAT = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}]}).encode()


class Upstream(http.server.BaseHTTPRequestHandler):
    """Takes any path, and answers with as many tokens as it may: with many where there is no bound."""

    protocol_version = "HTTP/1.1"
    requests = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        tokens = body.get("max_tokens", 50)
        Upstream.requests.append((self.path, body))
        answer = json.dumps({"choices": [], "usage": {"prompt_tokens": 0, "completion_tokens": tokens}}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def priced(ember):
    """An ember before an upstream whose tokens cost 0.01 each, and that may cost 0.35 a day."""
    Upstream.requests = []
    upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{upstream.server_port}/v1"
    yield ember(f"""
budget: {{day: 0.35}}
upstreams: {{sky: {{url: "{url}", prices: {{output: 10000, max_tokens: 10}}}}}}
models: {{m: {{upstream: sky, upstream_model: big}}}}
""")
    upstream.shutdown()
    upstream.server_close()


SPELLINGS = [
    "/v1/chat/completions", "/v1/chat/completions/", "/v1//chat/completions", "//v1/chat/completions", "/v1/chat//completions//",
    "/v1/%63hat/completions", "/%76%31/chat/completions", "http://127.0.0.1/v1/chat/completions",
    "http://localhost:1/v1//chat/completions/",
]


@pytest.mark.parametrize("target", SPELLINGS)
def test_no_spelling_spends_more_than_the_budget(priced, target):
    statuses = [raw_http.ask(priced, "POST", target, body=CHAT).status for _ in range(5)]
    # Three answers of 10 tokens fit into the budget, a fourth does not.
    assert statuses == [200, 200, 200, 429, 429]
    assert [(path, body["max_tokens"]) for path, body in Upstream.requests] == [("/v1/chat/completions", 10)] * 3
    assert priced.state()["cloud"]["spent_today"] == pytest.approx(0.3)


def test_the_query_goes_on_without_what_could_hurt(priced):
    assert raw_http.ask(priced, "POST", '/v1/chat/completions?a=1&b="|%zz', body=CHAT).status == 200
    assert [path for path, _ in Upstream.requests] == ["/v1/chat/completions?a=1&b=%22%7C%25zz"]
    for query in ["%0d%0ax:y", "%00", "a" * 9000]:
        assert raw_http.ask(priced, "POST", "/v1/chat/completions?" + query, body=CHAT).status in (404, 414)
    assert len(Upstream.requests) == 1


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    config = f"""
models:
  a/b: {{{played_engine()}}}
  plain: {{{played_engine()}}}
services: {{odd/one: {{}}}}
"""
    with Ember(config, tmp_path_factory.mktemp("paths")) as ember:
        yield ember


@pytest.mark.parametrize(
    "target, meant",
    [
        ("/V1/Chat/Completions", "POST /v1/chat/completions"),
        ("/v1/v1/chat/completions", "POST /v1/chat/completions"),
        ("/api/v1/embeddings", "POST /v1/embeddings"),
        ("/v1/./chat/completions", "POST /v1/chat/completions"),
        ("/v1/models/../chat/completions", "POST /v1/chat/completions"),
        ("/v1/%2e%2E/v1/chat/completions", "POST /v1/chat/completions"),
        ("/v1/chat%2Fcompletions", "POST /v1/chat/completions"),
        ("/v1%252Fchat/completions", "POST /v1/chat/completions"),
        ("/v1/chat%5Ccompletions", "POST /v1/chat/completions"),
        ("/v1/chat/completions;v=1", "POST /v1/chat/completions"),
        ("/v1/chat/completions%00", "POST /v1/chat/completions"),
        ("/v1/chat/completions%zz", "POST /v1/chat/completions"),
        ("/v1/chat/completions#x", "POST /v1/chat/completions"),
        ("/v1/chat/completions/../../messages", None),
        ("/v1/%ff", None),
        ("*", None),
    ],
)
def test_other_spellings_are_refused_with_the_right_name(server, target, meant):
    reply = raw_http.ask(server, "POST", target, body=CHAT.replace(b'"m"', b'"plain"'))
    assert (reply.status, reply.error["code"]) == (404, "unknown_url")
    if meant:
        assert f"Did you mean {meant}?" in reply.error["message"]


def test_names_with_slashes_are_found(server):
    for target in ["/v1/models/a/b", "/v1/models/a%2Fb", "/v1/models/a%2fb/", "/v1//models/a%2F%62"]:
        assert json.loads(raw_http.ask(server, "GET", target).body)["id"] == "a/b"
    assert raw_http.ask(server, "GET", "/v1/models/a%252Fb").error["code"] == "model_not_found"
    for target in ["/ember/v1/services/odd%2Fone", "/ember/v1//services/odd%2fone/"]:
        assert json.loads(raw_http.ask(server, "GET", target).body)["name"] == "odd/one"


@pytest.mark.parametrize("base", ["", "/v1//", "//v1", "/%76%31/"])
def test_the_openai_client_with_a_careless_base_url(server, base):
    client = openai.OpenAI(base_url=server.url + base, api_key="none", max_retries=0)
    assert {model.id for model in client.models.list()} == {"a/b", "plain"}


def test_only_the_health_is_public(ember):
    server = ember(f"keys: [{{key: secret-key, name: a}}]\nmodels: {{m: {{path: {SMOLLM2}}}}}\n")
    for target in ["/health", "//health", "/health/", "/%68ealth", "/health?x=/v1/models"]:
        assert raw_http.ask(server, "GET", target).body == b'{"status":"ok"}'
    for target in [
        "/health/../v1/models", "/health/..%2fv1/models", "/v1/models/../../health", "/health;/v1/models", "/health%2f", "/Health",
        "/health%00", "/v1/models?/health", "/health/v1/models", "/health#/v1/models", "/v1/models#/health", "/./health",
        "/v1/models/%2e%2e/%2e%2e/health", "http://health/v1/models",
    ]:
        assert raw_http.ask(server, "GET", target).status in (401, 403), target
