"""What the server says to requests that cannot work: OpenAI's error shape, a clear text, no engine started."""

import pytest

from ember_process import SMOLLM2, SMOLLM2_Q8, Ember

CONFIG = f"""
memory: {{budget: 700MB}}
max_body: 20KB
models:
  smollm2: {{path: {SMOLLM2}}}
  smollm2-q8: {{path: {SMOLLM2_Q8}}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Ember(CONFIG, tmp_path_factory.mktemp("bad")) as ember:
        yield ember
        assert ember.state()["cost"]["loads"] == 0


@pytest.mark.parametrize(
    "body, status, part",
    [
        (b"", 400, "JSON object"),
        (b"not json", 400, "JSON object"),
        (b"[1,2]", 400, "JSON object"),
        (b'{"model": "smollm2", ', 400, "not valid JSON"),
        (b'{"model": 7}', 400, "must be a string"),
        (b'{"messages": []}', 400, "'model' is missing"),
        (b'{"model": "../../etc/passwd"}', 404, "not configured"),
        (b'{"model": "smollm2", "x": "' + b"a" * 30_000 + b'"}', 413, "max_body"),
        (b'{"model": ' + b"[" * 10_000, 400, "nested deeper than 512"),
    ],
)
def test_bad_bodies(server, body, status, part):
    got, _, answer = server.request("/v1/chat/completions", body)
    assert (got, part in answer["error"]["message"]) == (status, True), answer
    assert set(answer["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("path", ["/nothing", "/v1/nothing", "/ember/v1/nothing"])
def test_unknown_urls(server, path):
    status, _, answer = server.request(path)
    assert status == 404 and answer["error"]["code"] == "unknown_url"


def test_health_needs_nothing(server):
    assert server.request("/health")[2] == {"status": "ok"}


def test_a_model_that_can_never_fit_is_refused_with_the_arithmetic(ember):
    server = ember(f"memory: {{budget: 50MB}}\nmodels: {{big: {{path: {SMOLLM2}}}}}\n")
    assert any("can never fit" in line and "weights" in line for line in server.log)
    status, headers, answer = server.chat("big")
    assert status == 503 and answer["error"]["code"] == "model_does_not_fit"
    assert "weights" in answer["error"]["message"] and "50 MB" in answer["error"]["message"]


def test_a_budget_of_energy_that_counts_nothing_is_warned_of(ember):
    server = ember(f"""
energy: {{budget: 100, source: modelled}}
models:
  known: {{path: {SMOLLM2}, context: 512, costs: {{joules: 0.5}}}}
  unknown: {{path: {SMOLLM2}, context: 512}}
""")
    assert any("energy.budget does not count what unknown takes" in line for line in server.log)
