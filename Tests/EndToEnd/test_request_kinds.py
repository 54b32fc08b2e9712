"""A request that its model cannot serve is refused before it is admitted: nothing is loaded or evicted for it."""

import json

import openai
import pytest

from make_adapter import make_adapter
from ember_process import MINILM, ROOT, SMOLLM2, SMOLLM2_Q8, Ember
from odd_bodies import CHAT, COMPLETIONS, COUNT, EMBEDDINGS, HELLO, MESSAGES, PIXEL, RERANK, RESPONSES

# An engine that is only played; it must never be asked.
WORKER = f'command: [python3, {ROOT}/Tests/EndToEnd/played_engine.py, "${{socket}}", "0", "0", "200"], memory: 30MB'

CONFIG = f"""
memory: {{budget: 700MB}}
services:
  default: {{}}
  steady: {{stand_ins: [worker, minilm, chat]}}
models:
  chat: {{path: {SMOLLM2}, context: 1024}}
  minilm: {{path: {MINILM}, embeddings: true, context: 1024}}
  eyes: {{kind: vision, {WORKER}}}
  worker: {{{WORKER}}}
  both: {{kind: multimodal, {WORKER}}}
  embedder: {{serves: [embeddings], {WORKER}}}
  ranker: {{path: {SMOLLM2_Q8}, context: 1024, args: [--reranking]}}
"""

PICTURE = [{"role": "user", "content": [
    {"type": "text", "text": "What is it?"},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64," + PIXEL}}]}]
ANTHROPIC_PICTURE = [{"role": "user", "content": [
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}]}]
RESPONSE_PICTURE = [{"role": "user", "content": [
    {"type": "input_image", "image_url": "data:image/png;base64," + PIXEL}]}]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Ember(CONFIG, tmp_path_factory.mktemp("kinds")) as ember:
        assert ember.chat("chat")[0] == 200
        yield ember


@pytest.mark.parametrize("path, model, body, says", [
    (CHAT, "minilm", {"messages": HELLO}, "'chat'"),
    (COMPLETIONS, "minilm", {"prompt": "Hello"}, "'chat'"),
    (RESPONSES, "minilm", {"input": "Hello"}, "'chat'"),
    (MESSAGES, "minilm", {"messages": HELLO, "max_tokens": 4}, "'chat'"),
    (COUNT, "minilm", {"messages": HELLO}, "'chat'"),
    (RERANK, "minilm", {"query": "a", "documents": ["a"]}, "'ranker'"),
    (EMBEDDINGS, "chat", {"input": "Hello"}, "'minilm'"),
    (RERANK, "chat", {"query": "a", "documents": ["a"]}, "'ranker'"),
    (CHAT, "chat", {"messages": PICTURE}, "'eyes'"),
    (MESSAGES, "chat", {"messages": ANTHROPIC_PICTURE, "max_tokens": 4}, "'eyes'"),
    (MESSAGES, "chat", {"messages": [{"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "1", "content": ANTHROPIC_PICTURE[0]["content"]}]}]}, "'eyes'"),
    (RESPONSES, "chat", {"input": RESPONSE_PICTURE}, "'both'"),
    (CHAT, "worker", {"messages": PICTURE}, "'both'"),
    (CHAT, "eyes", {"messages": HELLO}, "'chat'"),
    (EMBEDDINGS, "eyes", {"input": "Hello"}, "'minilm'"),
    (CHAT, "embedder", {"messages": HELLO}, "/v1/embeddings"),
    (CHAT, "ranker", {"messages": HELLO}, "/v1/rerank"),
    (COMPLETIONS, "chat", {"prompt": {"prompt_string": "a", "multimodal_data": [PIXEL]}}, "'both'"),
])
def test_what_cannot_be_served_is_refused(server, path, model, body, says):
    before = server.state()
    status, _, answer = server.request(path, {"model": model, **body})
    error = answer["error"]
    assert (status, error["type"], error["code"]) == (400, "invalid_request_error", "model_cannot_serve"), answer
    assert says in error["message"] and f"'{model}'" in error["message"], error
    after = server.state()
    assert after["cost"]["loads"] == before["cost"]["loads"]
    assert [m["status"] for m in after["models"]] == [m["status"] for m in before["models"]]


@pytest.mark.parametrize("path, model, body", [
    (CHAT, "eyes", {"messages": PICTURE}),
    (CHAT, "both", {"messages": PICTURE}),
    (CHAT, "both", {"messages": HELLO}),
    (CHAT, "worker", {"messages": HELLO}),
    (EMBEDDINGS, "worker", {"input": "Hello"}),
    (EMBEDDINGS, "embedder", {"input": "Hello"}),
    (EMBEDDINGS, "minilm", {"input": "Hello"}),
    (COMPLETIONS, "chat", {"prompt": "Hello", "max_tokens": 1}),
    (RESPONSES, "chat", {"input": "Hello", "max_output_tokens": 1}),
    (MESSAGES, "chat", {"messages": HELLO, "max_tokens": 1}),
    (COUNT, "chat", {"messages": HELLO}),
])
def test_what_can_be_served_is(server, path, model, body):
    assert server.request(path, {"model": model, **body})[0] == 200


def test_the_clients_see_a_bad_request(server):
    client = openai.OpenAI(base_url=server.url + "/v1", api_key="none")
    with pytest.raises(openai.BadRequestError) as refusal:
        client.embeddings.create(model="chat", input="Hello")
    assert refusal.value.code == "model_cannot_serve"


def test_no_stand_in_takes_what_it_cannot_serve(server):
    """'worker' is in memory and costs least by far, but reads no pictures; nor does 'minilm' chat."""
    steady = {"x-ember-service": "steady"}
    server.request(CHAT, {"model": "worker", "messages": HELLO})
    status, headers, _ = server.request(CHAT, {"model": "both", "messages": PICTURE}, steady)
    assert status == 200 and headers["x-ember-model"] == "both"


def test_a_variant_serves_what_its_base_does(ember, tmp_path):
    adapter = tmp_path / "adapter.gguf"
    make_adapter(adapter)
    server = ember(f"models: {{base: {{path: {SMOLLM2}, context: 1024}}, own: {{lora: {adapter}, base: base}}}}\n")
    for body in ({"messages": PICTURE}, {"messages": [{"role": "user", "content": "x" * 200_000}]}):
        assert server.request(CHAT, {"model": "own", **body})[0] == 400
    assert server.request(EMBEDDINGS, {"model": "own", "input": "a"})[0] == 400
    assert server.state()["cost"]["loads"] == 0


def test_what_the_edge_cannot_serve_is_the_clouds(ember):
    cloud = ember(f"models: {{seer: {{kind: multimodal, {WORKER}}}}}\n")
    server = ember(f"""
upstreams: {{sky: {{url: "{cloud.url}/v1", hedge: 1ms}}}}
services: {{default: {{}}, private: {{local_only: true}}}}
models:
  chat: {{path: {SMOLLM2}, context: 1024, cloud: {{upstream: sky, model: seer}}}}
""")
    for messages in (PICTURE, [{"role": "user", "content": "x" * 200_000}]):
        status, headers, answer = server.request(CHAT, {"model": "chat", "messages": messages})
        assert (status, headers["x-ember-served-by"], headers["x-ember-offload-reason"]) == (200, "cloud:sky", "unfit"), answer
    status, _, answer = server.request(CHAT, {"model": "chat", "messages": PICTURE}, {"x-ember-service": "private"})
    assert (status, answer["error"]["code"]) == (403, "local_only")
    assert server.state()["cost"]["loads"] == 0
    # Where the cloud fails, the edge is not asked after all.
    cloud.__exit__()
    status, _, answer = server.request(CHAT, {"model": "chat", "messages": PICTURE})
    assert status in (502, 503), json.dumps(answer)
    assert server.state()["cost"]["loads"] == 0
