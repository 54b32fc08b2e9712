"""Three real models, memory for one or two of them, mixed requests of 8 clients at once; `make soak` has more of them."""

import concurrent.futures
import json
import os
import random
import threading
import time
import urllib.request

from ember_process import MINILM, SMOLLM2, SMOLLM2_Q8, memory_of_children

REQUESTS = int(os.environ.get("EMBER_TEST_REQUESTS", "60"))
CLIENTS = 8

CONFIG = f"""
memory: {{budget: 420MB}}
policy: least-context
services: {{default: {{vanishing: 0.05}}, captions: {{vanishing: 0.2}}}}
queue: {{patience: 2s}}
models:
  small: {{path: {SMOLLM2}, context: 1024, parallel: 4}}
  large: {{path: {SMOLLM2_Q8}, context: 1024, parallel: 4}}
  embed: {{path: {MINILM}, embeddings: true, context: 512, parallel: 2}}
"""


def stream(server, model, headers):
    """The text of a streamed chat; fails unless it ends as it should."""
    body = {"model": model, "messages": [{"role": "user", "content": "Name a colour."}], "max_tokens": 12, "stream": True}
    request = urllib.request.Request(
        server.url + "/v1/chat/completions", json.dumps(body).encode(), {"content-type": "application/json", **headers}
    )
    text, done = "", False
    with urllib.request.urlopen(request, timeout=120) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        for line in response:
            if line.startswith(b"data: [DONE]"):
                done = True
            elif line.startswith(b"data: "):
                event = json.loads(line[6:])
                assert "error" not in event, event
                text += event["choices"][0]["delta"].get("content") or "" if event.get("choices") else ""
    assert done
    return text


def one_request(server, number):
    draw = random.Random(number)
    headers = {"x-ember-service": draw.choice(["default", "captions"])}
    kind = draw.choice(["chat", "chat", "stream", "embed"])
    if kind == "embed":
        status, _, answer = server.request("/v1/embeddings", {"model": "embed", "input": "a text"}, headers)
        assert status == 200 and len(answer["data"][0]["embedding"]) == 384, answer
    elif kind == "chat":
        model = draw.choice(["small", "large"])
        status, got, answer = server.chat(model, "Name a colour.", max_tokens=12, headers=headers)
        assert status == 200 and answer["choices"][0]["message"]["content"], answer
        assert got["x-ember-served-by"] == "edge" and got["x-ember-model"] == model
    else:
        assert stream(server, draw.choice(["small", "large"]), headers)


def test_all_are_answered_within_the_budget_in_least_context_order(ember):
    server = ember(CONFIG)
    seen = []
    stop = threading.Event()

    def watch():
        while not stop.is_set():
            seen.append((memory_of_children(server.process.pid), server.state()["memory"]))
            time.sleep(0.2)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            for future in [pool.submit(one_request, server, number) for number in range(REQUESTS)]:
                future.result()
    finally:
        stop.set()
        watcher.join()

    state = server.state()
    assert state["cost"]["edge_requests"] == REQUESTS
    assert state["queue"]["waiting"] == 0
    assert all(model["in_flight"] == 0 for model in state["models"])
    assert state["cost"]["evictions"] >= 2, "the models fit together: nothing was tested"

    budget = state["memory"]["budget_bytes"]
    assert max(memory for memory, _ in seen) <= 1.1 * budget
    assert all(memory["occupied_bytes"] <= 1.1 * budget for _, memory in seen)

    evictions = [decision for decision in state["decisions"] if decision["victims"]]
    assert evictions
    for decision in evictions:
        ages = {c["model"]: c["age_of_context"] for c in decision["candidates"] if c.get("score") is not None}
        spared = [age for model, age in ages.items() if model not in decision["victims"]]
        assert max(ages[victim] for victim in decision["victims"]) <= min(spared, default=float("inf"))


def test_two_models_that_exclude_each_other_take_turns(ember):
    """Steady load on both: no request starves, and the loads are far fewer than the requests."""
    server = ember(
        f"""
memory: {{budget: 300MB}}
queue: {{patience: 1s}}
models:
  small: {{path: {SMOLLM2}, context: 1024}}
  large: {{path: {SMOLLM2_Q8}, context: 1024}}
"""
    )
    waits = []

    def client(model):
        for _ in range(8):
            began = time.monotonic()
            assert server.chat(model)[0] == 200
            waits.append(time.monotonic() - began)

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for future in [pool.submit(client, model) for model in ["small", "large"] * 3]:
            future.result()
    assert max(waits) < 60
    cost = server.state()["cost"]
    assert cost["edge_requests"] == 48 and 2 <= cost["loads"] <= 24


def test_the_queue_is_bounded(ember):
    server = ember(
        f"""
queue: {{limit: 2}}
models:
  small: {{path: {SMOLLM2}, context: 1024, parallel: 1}}
"""
    )
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = [f.result() for f in [pool.submit(server.chat, "small", max_tokens=64) for _ in range(12)]]
    refused = [answer for answer in answers if answer[0] == 429]
    assert refused and any(status == 200 for status, _, _ in answers)
    for _, headers, body in refused:
        assert int(headers["retry-after"]) > 0
        assert body["error"]["type"] == "rate_limit_error" and body["error"]["code"] == "queue_full"
