"""Offloading to an upstream, here a small server on loopback that plays the cloud."""

import http.server
import json
import threading

import pytest

from ember_process import SMOLLM2, SMOLLM2_Q8


class Cloud(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    requests = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        Cloud.requests.append((self.path, dict(self.headers), body))
        answer = json.dumps({"choices": [{"message": {"content": "from the cloud"}, "finish_reason": "stop"}], "usage": {"total_tokens": 7}}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def cloud():
    Cloud.requests = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cloud)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def config(url, policy="least-context-gated"):
    return f"""
memory: {{budget: 300MB}}
policy: {policy}
queue: {{min_residency: 0}}
upstreams: {{sky: {{url: "{url}", key: "${{env.SKY_KEY}}"}}}}
models:
  small: {{path: {SMOLLM2}, context: 1024, cloud: {{upstream: sky, model: huge}}}}
  large: {{path: {SMOLLM2_Q8}, context: 1024, cloud: {{upstream: sky, model: huge}}}}
  far: {{upstream: sky, upstream_model: far-away}}
"""


def test_a_cloud_model_is_passed_on_with_its_key_and_name(ember, cloud):
    server = ember(config(cloud), environment={"SKY_KEY": "key-of-the-sky"})
    status, headers, answer = server.chat("far", temperature=0.25, headers={"authorization": "Bearer of-the-client"})
    assert status == 200 and headers["x-ember-served-by"] == "cloud:sky"
    assert answer["choices"][0]["message"]["content"] == "from the cloud"
    path, got, body = Cloud.requests[0]
    assert path == "/v1/chat/completions" and got["authorization"] == "Bearer key-of-the-sky"
    # Everything but the model's name is the client's own bytes.
    sent = json.dumps(
        {"model": "far-away", "messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 8, "temperature": 0.25}
    )
    assert body == sent.encode()
    assert "key-of-the-sky" not in "".join(server.log)


def test_least_context_gated_gives_up_no_context_for_a_newcomer(ember, cloud):
    # Where going to the cloud costs no more than its second, no load is paid for by its request alone.
    server = ember(config(cloud) + "weights: {offloading: 0}", environment={"SKY_KEY": "k"})
    status, headers, _ = server.chat("small", max_tokens=1)
    assert status == 200 and headers["x-ember-served-by"] == "edge"
    status, headers, _ = server.chat("large", max_tokens=1)
    assert status == 200 and headers["x-ember-served-by"] == "cloud:sky"
    assert headers["x-ember-offload-reason"] == "not_admitted"
    assert server.model("small")["status"] == "loaded"
    assert server.state()["decisions"][0]["outcome"] == "gated"


def test_the_cloud_policy_loads_nothing(ember, cloud):
    server = ember(config(cloud, policy="cloud"), environment={"SKY_KEY": "k"})
    for model in ("small", "large"):
        assert server.chat(model)[1]["x-ember-served-by"] == "cloud:sky"
    assert server.state()["cost"]["loads"] == 0


def test_an_upstream_that_is_gone_is_a_bad_gateway(ember):
    server = ember(config("http://127.0.0.1:9/v1"), environment={"SKY_KEY": "k"})
    status, _, answer = server.chat("far")
    assert status == 502 and answer["error"]["code"] == "upstream_failed" and "sky" in answer["error"]["message"]
